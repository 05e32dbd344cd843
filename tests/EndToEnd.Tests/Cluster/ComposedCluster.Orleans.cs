using System.Collections.Concurrent;
using System.Diagnostics;
using Gristmill.Crash;

namespace Gristmill.EndToEnd.Tests.Cluster;

/// <summary>The services of docker-compose.yml as processes of this machine, started in its order and watched by its health checks.</summary>
internal sealed class ComposedCluster : IAsyncDisposable
{
    private const string HaProxy = "/usr/sbin/haproxy";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly DataFolder _folder = new();
    private readonly ComposeFile _file;
    private readonly ConcurrentDictionary<string, Lazy<Task>> _healthy = new();
    private readonly ConcurrentDictionary<string, SiloProcess> _processes = new();
    private readonly ConcurrentBag<IAsyncDisposable> _servers = [];
    private readonly CancellationTokenSource _over = new();

    private ComposedCluster()
    {
        _file = new ComposeFile(_folder.Path);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_file.Port("load-balancer", 8080)}") };
    }

    /// <summary>Asks the load balancer.</summary>
    public HttpClient Http { get; }

    /// <summary>Returns when all services are healthy. Skips the test, with the reason, where a program is missing.</summary>
    public static async Task<ComposedCluster> StartAsync()
    {
        Assert.SkipWhen(PostgresServer.Obstacle is not null, PostgresServer.Obstacle ?? "");
        Assert.SkipUnless(File.Exists(HaProxy), "HAProxy is not installed (Debian: apt-get install haproxy).");
        var cluster = new ComposedCluster();
        try
        {
            cluster._file.MakeSecrets();
            await RunAsync(["gcc", "-std=c17", "-o", cluster._folder.File("probe"), Path.Combine(RepositoryFiles.Root, "deploy/docker/probe.c")]);
            await foreach (Task started in Task.WhenEach(ComposeFile.Services.Select(cluster.StartAsync)))
                await started;
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the service, and what it depends on, and returns when it is healthy.</summary>
    public Task StartAsync(string service) => _healthy.GetOrAdd(service, name => new Lazy<Task>(() => StartOnceAsync(name))).Value;

    /// <summary>Ends a service as Docker does.</summary>
    /// <exception cref="TimeoutException">It did not end within its grace period: Docker would have killed it.</exception>
    public async Task<int> StopAsync(string service)
    {
        ComposeService settings = _file.Read(service);
        SiloProcess process = Take(service);
        switch (settings.StopSignal)
        {
            case "SIGTERM":
                process.Terminate();
                break;
            case "SIGUSR1":
                process.Finish();
                break;
            default:
                throw new NotSupportedException(settings.StopSignal);
        }

        await process.Exited.WaitAsync(settings.StopGracePeriod);
        return process.ExitCode;
    }

    public Task KillAsync(string service) => Take(service).KillAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _over.CancelAsync();
        await Task.WhenAll(_healthy.Values.Select(service => service.Value)).ContinueWith(static _ => { }, TaskScheduler.Default);
        foreach (IAsyncDisposable server in _processes.Values.Concat(_servers))
            await server.DisposeAsync();
        _over.Dispose();
        _folder.Dispose();
    }

    private SiloProcess Take(string service)
    {
        _healthy.TryRemove(service, out _);
        _processes.TryRemove(service, out SiloProcess? process);
        _servers.Add(process!);
        return process!;
    }

    private async Task StartOnceAsync(string name)
    {
        ComposeService service = _file.Read(name);
        await Task.WhenAll(service.DependsOn.Select(StartAsync));
        _over.Token.ThrowIfCancellationRequested();
        switch (name)
        {
            case "redis":
                _servers.Add(await RedisServer.StartAsync(_file.Port(name, 6379), service.Command[1..^2]));
                break;
            case "postgres":
                var access = new PasswordAccess(_file.Port(name, 5432), _file.Secret("postgres-password"), service.Environment["POSTGRES_DB"]);
                _servers.Add(await PostgresServer.StartAsync(access, [.. service.Command.Where(word => word.Contains('='))]));
                break;
            default:
                _processes[name] = SiloProcess.Launch(Start(service.Command, service.Environment));
                break;
        }

        await UntilHealthyAsync(service);
    }

    private async Task UntilHealthyAsync(ComposeService service)
    {
        long start = Stopwatch.GetTimestamp();
        while (await RunAsync(service.HealthCheck, service.Environment) != 0)
        {
            _over.Token.ThrowIfCancellationRequested();
            bool hasEnded = _processes.TryGetValue(service.Name, out SiloProcess? process) && process.Exited.IsCompleted;
            if (hasEnded || Stopwatch.GetElapsedTime(start) > s_patience)
                throw new TimeoutException($"{service.Name} has ended, or was not healthy within {s_patience}.\n{string.Join('\n', _processes.Select(Describe))}");
        }
    }

    private static string Describe(KeyValuePair<string, SiloProcess> process) =>
        $"{process.Key} {(process.Value.Exited.IsCompleted ? $"ended with {process.Value.ExitCode}" : "runs")}: {string.Join('\n', process.Value.ErrorLines.Concat(process.Value.LastLogLines))}";

    private static async Task<int> RunAsync(string[] command, Dictionary<string, string>? environment = null)
    {
        using Process process = Process.Start(Start(command, environment))!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await errors;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    // env looks for the program where the service's own PATH says.
    private static ProcessStartInfo Start(string[] command, Dictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo("/usr/bin/env", command) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (environment is not null)
            start.Environment.Clear();
        foreach ((string variable, string value) in environment ?? [])
            start.Environment[variable] = value;
        return start;
    }
}
