using System.Diagnostics;

namespace Gristmill.Crash;

/// <summary>
/// A PostgreSQL server of the tests' own, from the machine's packages: in a temporary folder, on a Unix socket. It ends with the process that
/// started it, however that ends, because its shell waits for the end of our pipe.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "gristmill";
    private const string Privileges = "/usr/bin/setpriv";

    private readonly string _folder = Directory.CreateTempSubdirectory("gristmill-postgres-").FullName;
    private readonly string _binaries;
    private Process? _process;

    private PostgresServer(string binaries) => _binaries = binaries;

    /// <summary>Why no server can be started here; null when one can.</summary>
    public static string? Obstacle =>
        FindBinaries() is null ? "PostgreSQL's server is not installed (Debian: apt-get install postgresql)."
        : Environment.IsPrivilegedProcess && !File.Exists(Privileges) ? "PostgreSQL does not run as the superuser, and there is no setpriv to become somebody else."
        : null;

    /// <param name="settings">As "name=value".</param>
    /// <exception cref="InvalidOperationException">There is an <see cref="Obstacle"/>, or the server did not start.</exception>
    public static Task<PostgresServer> StartAsync(params string[] settings) => StartAsync(access: null, settings);

    /// <param name="access">How it is reached from elsewhere than this machine's tests; null: not at all.</param>
    /// <param name="settings">As "name=value".</param>
    public static async Task<PostgresServer> StartAsync(PasswordAccess? access, params string[] settings)
    {
        if (Obstacle is { } obstacle)
            throw new InvalidOperationException(obstacle);
        var server = new PostgresServer(FindBinaries()!);
        try
        {
            if (Environment.IsPrivilegedProcess)
                await RunAsync("chown", "nobody", server._folder);
            await RunAsync(AsOrdinaryUser([
                Path.Combine(server._binaries, "initdb"), "--pgdata", server.Data, "--username", User, "--auth-local", "trust", "--encoding", "UTF8",
                "--locale", "C", "--no-sync", .. await server.AskForPasswordAsync(access)]));
            if (access is null)
            {
                await server.LaunchAsync(settings);
            }
            else
            {
                string[] create = ["/bin/sh", "-c", "echo \"CREATE DATABASE $3\" | \"$1\" --single -D \"$2\" postgres", "sh",
                    Path.Combine(server._binaries, "postgres"), server.Data, access.Database];
                await RunAsync(AsOrdinaryUser(create));
                await server.LaunchAsync([.. settings, "listen_addresses=127.0.0.1", $"port={access.Port}"]);
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Who may do all in which database, as a connection string has it.</summary>
    public static string Login(string database = "postgres") => $"Username={User};Database={database}";

    public string ConnectionString(string database = "postgres") => $"Host={_folder};{Login(database)};Timeout=60;Command Timeout=60";

    /// <summary>Where it listens.</summary>
    public string Socket => Path.Combine(_folder, ".s.PGSQL.5432");

    /// <summary>Starts the server again on its data.</summary>
    public async Task LaunchAsync(params string[] settings)
    {
        // The shell keeps standard input open for itself: when this process is gone, the read ends and the server with it.
        string[] command = AsOrdinaryUser([
            "/bin/sh", "-c", "\"$@\" & read _; kill -QUIT $!; wait $!", "sh",
            Path.Combine(_binaries, "postgres"), "-D", Data, "-k", _folder, "-c", "listen_addresses=", "-c", "max_connections=200",
            .. settings.SelectMany(setting => (string[])["-c", setting])]);
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        })!;

        var log = new List<string>();
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            log.Add(line);
            if (line.Contains("ready to accept connections", StringComparison.Ordinal))
            {
                // Nobody reads the rest, but the server must be able to write it.
                _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null);
                return;
            }
        }

        throw new InvalidOperationException($"PostgreSQL did not start:\n{string.Join('\n', log)}");
    }

    /// <summary>
    /// Ends the server at once, as a crash does: nothing is written any more, and the next start recovers. (Killing only its main process would
    /// leave the others alive for a moment, in the way of that start.)
    /// </summary>
    public async Task KillAsync()
    {
        await _process!.StandardInput.DisposeAsync();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string[]> AskForPasswordAsync(PasswordAccess? access)
    {
        if (access is null)
            return ["--auth-host", "reject"];
        string file = Path.Combine(_folder, "password");
        await File.WriteAllTextAsync(file, access.Password);
        return ["--auth-host", "scram-sha-256", "--pwfile", file];
    }

    private static string? FindBinaries() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(d => d + "/bin") : [])
        .FirstOrDefault(directory => File.Exists(Path.Combine(directory, "initdb")) && File.Exists(Path.Combine(directory, "postgres")));

    private static string[] AsOrdinaryUser(string[] command) =>
        Environment.IsPrivilegedProcess ? [Privileges, "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", .. command] : command;

    private static async Task RunAsync(params string[] command)
    {
        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{command[0]}: {await errors}");
    }
}

/// <summary>A port of this machine on which PostgreSQL asks for a password, and the database that is made for whoever comes there.</summary>
internal sealed record PasswordAccess(int Port, string Password, string Database);
