using System.Diagnostics;
using Gristmill.Storage.Tests.PostgreSql;
using Npgsql;

[assembly: AssemblyFixture(typeof(SharedPostgresServer))]

namespace Gristmill.Storage.Tests.PostgreSql;

/// <summary>
/// The server that all tests share, each with a schema of its own; it starts when the first test asks. It does not sync, because nothing
/// happens to it: the tests that kill have another.
/// </summary>
public sealed class SharedPostgresServer : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresServer>> _server = new(() => PostgresServer.StartAsync("fsync=off"));

    internal Task<PostgresServer> Server => _server.Value;

    public async ValueTask DisposeAsync()
    {
        if (_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await _server.Value).DisposeAsync();
    }
}

/// <summary>A server that syncs, for the tests that kill it one after another.</summary>
public sealed class SyncedPostgresServer : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresServer>> _server = new(() => PostgresServer.StartAsync());

    internal Task<PostgresServer> Server => _server.Value;

    public async ValueTask DisposeAsync()
    {
        if (_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await _server.Value).DisposeAsync();
    }
}

/// <summary>
/// A PostgreSQL server of the tests' own, from the machine's packages: in a temporary folder, on a Unix socket. It ends
/// with the test process, however that ends, because its shell waits for the end of our pipe.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "gristmill";

    private readonly TempFolder _folder = new();
    private readonly string _binaries;
    private Process? _process;

    private PostgresServer(string binaries) => _binaries = binaries;

    /// <summary>Skips the test, with the reason, where there is no PostgreSQL.</summary>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        string? binaries = FindBinaries();
        Assert.SkipWhen(binaries is null, "PostgreSQL's server is not installed (Debian: apt-get install postgresql).");
        Assert.SkipWhen(Environment.IsPrivilegedProcess && !File.Exists("/usr/bin/setpriv"),
            "PostgreSQL does not run as the superuser, and there is no setpriv to become somebody else.");

        var server = new PostgresServer(binaries!);
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "nobody", server._folder.Path);
        await RunAsync(AsOrdinaryUser([
            Path.Combine(binaries!, "initdb"), "--pgdata", server._folder["data"], "--username", User, "--auth", "trust", "--encoding", "UTF8",
            "--locale", "C", "--no-sync"]));
        await server.LaunchAsync(settings);
        return server;
    }

    public string ConnectionString(string database) => $"Host={_folder.Path};Username={User};Database={database};Timeout=60;Command Timeout=60";

    /// <summary>Makes a place for one test (a schema, which is quick), and returns how to connect to it.</summary>
    public async Task<string> CreatePlaceAsync()
    {
        string name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE SCHEMA {name}");
        return $"{ConnectionString("postgres")};Search Path={name}";
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async Task LaunchAsync(params string[] settings)
    {
        // The shell keeps standard input open for itself: when this process is gone, the read ends and the server with it.
        string[] command = AsOrdinaryUser([
            "/bin/sh", "-c", "\"$@\" & read _; kill -QUIT $!; wait $!", "sh",
            Path.Combine(_binaries, "postgres"), "-D", _folder["data"], "-k", _folder.Path, "-c", "listen_addresses=", "-c", "max_connections=200",
            .. settings.SelectMany(setting => (string[])["-c", setting])]);
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        })!;

        var log = new List<string>();
        while (await _process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            log.Add(line);
            if (line.Contains("ready to accept connections", StringComparison.Ordinal))
            {
                // Nobody reads the rest, but the server must be able to write it.
                _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return;
            }
        }

        Assert.Fail($"PostgreSQL did not start:\n{string.Join('\n', log)}");
    }

    /// <summary>
    /// Ends the server at once, as a crash does: nothing is written any more, and the next start recovers. (Killing only its main process would
    /// leave the others alive for a moment, in the way of that start.)
    /// </summary>
    public async Task KillAsync()
    {
        await _process!.StandardInput.DisposeAsync();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.StandardInput.DisposeAsync();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _folder.Dispose();
    }

    private static string? FindBinaries() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(d => d + "/bin") : [])
        .FirstOrDefault(directory => File.Exists(Path.Combine(directory, "initdb")) && File.Exists(Path.Combine(directory, "postgres")));

    private static string[] AsOrdinaryUser(string[] command) =>
        Environment.IsPrivilegedProcess ? ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", .. command] : command;

    private static async Task RunAsync(params string[] command)
    {
        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{command[0]}: {await errors}");
    }
}
