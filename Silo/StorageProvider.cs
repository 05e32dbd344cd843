namespace Gristmill.Silo;

/// <summary>Where records are kept: setting <c>Storage:Provider</c>.</summary>
internal enum StorageProvider
{
    /// <summary>A SQLite file in the data directory. The default: durable, and nothing to install.</summary>
    Sqlite,

    /// <summary>A PostgreSQL database: <c>Storage:ConnectionString</c>.</summary>
    PostgreSql,

    /// <summary>In memory: gone with the process.</summary>
    Memory,
}
