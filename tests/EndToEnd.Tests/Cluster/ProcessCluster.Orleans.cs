using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Gristmill.Crash;

namespace Gristmill.EndToEnd.Tests.Cluster;

/// <summary>
/// Silos and a gateway as processes of their own, as an operator runs them: one Redis, one PostgreSQL that syncs. What is asked of the gateway, and what
/// handlers ran, is written down and compared in the end.
/// </summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private const string Id = "gristmill";
    private const int Dead = 6;

    // A machine that is busy with other tests starves a silo for longer than the default allows: others would vote it out. 3 measures the default.
    private static readonly string s_missedProbes = Environment.GetEnvironmentVariable("TEST_MISSED_PROBES") ?? "12";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("gristmill-cluster-").FullName;
    private readonly Dictionary<int, (SiloProcess Process, int SiloPort, int GatewayPort)> _silos = [];
    private readonly RedisServer _redis;
    private readonly SiloNetwork? _network;
    private SiloProcess? _gateway;

    private ProcessCluster(RedisServer redis, PostgresServer postgres, SiloNetwork? network)
    {
        (_redis, Postgres, _network) = (redis, postgres, network);
        Log = new DriverLog(Path.Combine(_folder, "driver.log"));
    }

    public PostgresServer Postgres { get; }

    public DriverLog Log { get; }

    public int Seed { get; } = Random.Shared.Next();

    public SiloProcess Gateway => _gateway ?? throw new InvalidOperationException("There is no gateway.");

    public IReadOnlyList<Execution> Executions => Ledger.Read(LedgerPath);

    private string LedgerPath => Path.Combine(_folder, "ledger");

    /// <summary>Starts the silos, numbered from 1, and a gateway; all are ready.</summary>
    public static async Task<ProcessCluster> StartAsync(int silos, SiloNetwork? network = null)
    {
        Assert.SkipWhen(PostgresServer.Obstacle is not null, PostgresServer.Obstacle ?? "");
        var cluster = new ProcessCluster(await RedisServer.StartAsync(), await PostgresServer.StartAsync(), network);
        try
        {
            await Task.WhenAll(Enumerable.Range(1, silos).Select(cluster.StartSiloAsync));
            cluster._gateway = await SiloProcess.StartAsync(cluster._folder, BecomeGateway, cluster.RedisSetting());
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public SiloProcess Silo(int number) => _silos[number].Process;

    /// <summary>Starts a silo; one that had the number before must have ended, and its address is used again.</summary>
    public async Task StartSiloAsync(int number)
    {
        int siloPort;
        int gatewayPort;
        lock (_silos)
        {
            (siloPort, gatewayPort) = _silos.TryGetValue(number, out var before)
                ? (before.SiloPort, before.GatewayPort)
                : (SiloProcess.FreePort(), SiloProcess.FreePort());
        }

        string address = _network is null ? "127.0.0.1" : SiloNetwork.AddressOf(number);
        SiloProcess silo = await SiloProcess.StartAsync(
            Path.Combine(_folder, "unused"),
            start =>
            {
                TestKinds.AddTo(start);
                start.Environment[Ledger.Variable] = LedgerPath;
                _network?.Enter(number, start);
            },
            $"--urls=http://{address}:0", "--Auth:AllowAnonymous=true",
            RedisSetting(), $"--Cluster:AdvertisedAddress={address}", $"--Cluster:SiloPort={siloPort}", $"--Cluster:GatewayPort={gatewayPort}",
            "--Storage:Provider=PostgreSql", $"--Storage:ConnectionString={Postgres.ConnectionString()}", "--Tasks:RebalanceDelay=00:00:02",
            $"--Cluster:MissedProbes={s_missedProbes}");
        lock (_silos)
            _silos[number] = (silo, siloPort, gatewayPort);
    }

    /// <summary>Returns when the cluster has voted the silo out.</summary>
    /// <param name="number">Which.</param>
    /// <param name="since">When it was struck, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> UntilOutAsync(int number, long since)
    {
        string port = $":{_silos[number].SiloPort}@";
        while (Stopwatch.GetElapsedTime(since) < s_patience)
        {
            string[] rows = await _redis.ReadHashAsync($"{Id}/members/{Id}");
            JsonElement[] silos = [.. rows.Where(row => row.StartsWith('{')).Select(row => JsonElement.Parse(row))
                .Where(row => row.GetProperty("SiloAddress").GetProperty("SiloAddress").GetString()!.Contains(port, StringComparison.Ordinal))];
            if (silos.Length > 0 && silos.All(row => row.GetProperty("Status").GetInt32() == Dead))
                return Stopwatch.GetElapsedTime(since);
        }

        throw new TimeoutException($"Silo {number} was not voted out within {s_patience}.");
    }

    /// <summary>A counter of the silo, over all its labels; 0 where it was never raised, and for a silo that has ended.</summary>
    public async Task<double> ReadCounterAsync(int number, string name)
    {
        if (Silo(number).Exited.IsCompleted)
            return 0;
        string metrics = await Silo(number).Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        return metrics.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Puts the gateway under load, strikes, and stops the load when the strike has returned.</summary>
    public Task LoadAsync(int answers, Func<Task> strike) => new TaskDriver(Gateway.Http, Log, Seed, round: 0).RunAsync(answers, strike, outlives: true);

    /// <summary>Waits until every task is over, and compares.</summary>
    public async Task<Verdict> CheckAsync()
    {
        var client = new TaskClient(Gateway.Http);
        long start = Stopwatch.GetTimestamp();
        List<JsonElement> tasks;
        do
        {
            tasks = await client.ListAsync();
        }
        while (tasks.Any(task => !TaskClient.IsOver(StatusOf(task))) && Stopwatch.GetElapsedTime(start) < s_patience);

        var listed = new ListedTask[tasks.Count];
        await Parallel.ForAsync(0, tasks.Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            string id = tasks[i].GetProperty("id").GetString()!;
            JsonElement task = await client.GetAsync(id) ?? throw new InvalidOperationException($"{id} is listed, and reading it answers 404.");
            listed[i] = new ListedTask(id, task.GetProperty("tags")[0].GetString()!, StatusOf(task), TaskClient.EndingOf(task), TaskClient.ResultOf(task));
        });
        return Checker.Check(Log, Executions, listed, Seed);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        foreach ((SiloProcess silo, _, _) in _silos.Values)
            await silo.DisposeAsync();
        await _redis.DisposeAsync();
        await Postgres.DisposeAsync();
        _network?.Dispose();
        Log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The stand-alone gateway's program in place of the silo's.</summary>
    internal static void BecomeGateway(ProcessStartInfo start)
    {
        start.ArgumentList[0] = typeof(ProcessCluster).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "GatewayPath").Value!;
        start.WorkingDirectory = Path.GetDirectoryName(start.ArgumentList[0])!;
    }

    private static string StatusOf(JsonElement task) => task.GetProperty("status").GetString()!;

    private string RedisSetting() => $"--Cluster:Redis={(_network is null ? "127.0.0.1" : SiloNetwork.HostAddress)}:{_redis.Port}";
}
