using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Gristmill.Storage.Sqlite;

/// <summary>When a commit counts as done.</summary>
public enum SqliteSynchronous
{
    /// <summary>When the log is synced: an acknowledged write survives a power loss.</summary>
    Full = 0,

    /// <summary>
    /// When the operating system has it: an acknowledged write survives a crash of the process, but a power loss or a crash of the
    /// machine takes the last ones with it.
    /// </summary>
    Normal = 1,
}

public sealed class SqliteStorageOptions
{
    /// <summary>The section of a host's configuration that these settings are read from.</summary>
    public const string Section = "Storage";

    /// <summary>The folder that holds the database; created where it is missing. One process owns it at a time. Defaults to "./data".</summary>
    [Required]
    public string DataDirectory { get; set; } = "./data";

    /// <summary>Defaults to <see cref="SqliteSynchronous.Full"/>, because an acknowledged write is a promise.</summary>
    [EnumDataType(typeof(SqliteSynchronous))]
    public SqliteSynchronous Synchronous { get; set; } = SqliteSynchronous.Full;

    /// <summary>Writes that may wait for the writer; the next one is refused. Defaults to 16,384, some megabytes of waiting records.</summary>
    [Range(1, 1 << 20)]
    public int WriteQueueCapacity { get; set; } = 16_384;

    /// <summary>Reads that run at a time, each on a connection of its own. Defaults to two per processor, at least 4.</summary>
    [Range(1, 1024)]
    public int Readers { get; set; } = Math.Max(4, 2 * Environment.ProcessorCount);
}

[OptionsValidator]
internal sealed partial class SqliteStorageOptionsValidator : IValidateOptions<SqliteStorageOptions>;
