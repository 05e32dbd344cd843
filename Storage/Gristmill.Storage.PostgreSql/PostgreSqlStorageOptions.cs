using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Gristmill.Storage.PostgreSql;

public sealed class PostgreSqlStorageOptions
{
    /// <summary>The section of a host's configuration that these settings are read from.</summary>
    public const string Section = "Storage";

    /// <summary>Where the database is, in Npgsql's form: "Host=…;Database=…;Username=…". No default.</summary>
    [Required]
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// Connections at most. Defaults to 32, so that three processes fit a server's default of 100. Calls beyond it wait for the
    /// connection string's time-out.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxConnections { get; set; } = 32;

    /// <summary>
    /// True to run on a server whose fsync, full_page_writes or synchronous_commit is off: a power loss there takes acknowledged writes, or
    /// the database. Defaults to false, which refuses such a server at start.
    /// </summary>
    public bool AllowUnsafeServer { get; set; }
}

[OptionsValidator]
internal sealed partial class PostgreSqlStorageOptionsValidator : IValidateOptions<PostgreSqlStorageOptions>;
