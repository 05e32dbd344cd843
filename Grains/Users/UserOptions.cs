using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains.Users;

/// <summary>Settings of the user grains, section <c>Users</c>.</summary>
public sealed class UserOptions
{
    public const string Section = "Users";

    /// <summary>
    /// Partitions of the user directory. Defaults to 8: a search then uses up to eight processors, and one of eight parts is read
    /// from the store again when a silo is lost; each list, search and count costs a call per partition. Every silo of a cluster needs the same
    /// number; it may change whenever all are restarted, for the directory is rebuilt from the store.
    /// </summary>
    [Range(1, 1024)]
    public int DirectoryPartitions { get; set; } = 8;

    /// <summary>
    /// How often a partition compares itself with the store. Defaults to 15 minutes. Writers keep it right by themselves; this finds what
    /// nobody was left to tell: a record changed by hand, or a write that a database finished long after its time-out.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan DirectoryCheckPeriod { get; set; } = TimeSpan.FromMinutes(15);
}

[OptionsValidator]
internal sealed partial class UserOptionsValidator : IValidateOptions<UserOptions>;
