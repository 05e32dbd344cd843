using System.Text;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests.Tasks.Executors;

/// <summary>A silo with the real executor, of one test.</summary>
internal sealed class ExecutorCluster : IAsyncDisposable
{
    // What the silo that is being set up is to have: the test cluster makes its configurators itself.
    private static ExecutorCluster? s_starting;

    private readonly ITaskStore _store;
    private readonly Action<TaskOptions>? _configure;
    private readonly Action<TaskEngineOptions>? _engine;
    private TestCluster? _cluster;

    private ExecutorCluster(ITaskStore store, Action<TaskOptions>? configure, Action<TaskEngineOptions>? engine)
    {
        _store = store;
        _configure = configure;
        _engine = engine;
    }

    public const int Partitions = 4;

    public GateKind Gate { get; } = new();

    public LeaseCallFaults Calls { get; } = new();

    public IGrainFactory Grains => _cluster!.GrainFactory;

    /// <summary>The grains as the silo itself calls them: with some grain engines the test's own client stops before the silo does.</summary>
    public IGrainFactory GrainsOfTheSilo => _cluster!.GetSiloServiceProvider().GetRequiredService<IGrainFactory>();

    /// <param name="store">Where its tasks are.</param>
    /// <param name="configure">Changes the settings of durable tasks.</param>
    /// <param name="engine">Changes the settings of the engine.</param>
    public static async Task<ExecutorCluster> StartAsync(
        ITaskStore store, Action<TaskOptions>? configure = null, Action<TaskEngineOptions>? engine = null)
    {
        var cluster = new ExecutorCluster(store, configure, engine);
        s_starting = cluster;
        var builder = new TestClusterBuilder(1);
        builder.AddSiloBuilderConfigurator<SiloSetup>();
        cluster._cluster = builder.Build();
        await cluster._cluster.DeployAsync();
        return cluster;
    }

    public ITaskPartitionGrain Partition(int partition) => Grains.GetGrain<ITaskPartitionGrain>(partition);

    public static NewTask New(int partition, string kind, string input = """{"operands":[1]}""") =>
        new() { Id = TaskId.New(partition, TimeProvider.System), Kind = kind, Input = Encoding.UTF8.GetBytes(input) };

    public async Task<TaskId> SubmitAsync(NewTask task)
    {
        SubmitReply reply = Assert.Single(await Partition(task.Id.Partition).SubmitAsync([task]));
        Assert.Null(reply.Error);
        return reply.Id;
    }

    public async Task<TaskInfo> EndAsync(TaskId id)
    {
        TaskInfo info = Assert.IsType<TaskInfo>(await Partition(id.Partition).WaitAsync(id, TimeSpan.FromSeconds(20)));
        Assert.True(info.State.IsTerminal(), $"The task was still {info.State} after 20 s.");
        return info;
    }

    public Task StopAsync() => _cluster!.StopAllSilosAsync();

    public async ValueTask DisposeAsync()
    {
        Gate.ReleaseAll();
        if (_cluster is not null)
        {
            await _cluster.StopAllSilosAsync();
            await _cluster.DisposeAsync();
        }
    }

    private sealed class SiloSetup : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            ExecutorCluster cluster = s_starting!;
            siloBuilder.AddGristmillGrains();
            siloBuilder.AddIncomingGrainCallFilter(cluster.Calls);
            siloBuilder.Services.AddSingleton<IUserStore>(new MemoryUserStore());
            siloBuilder.Services.AddSingleton(cluster._store);
            siloBuilder.Services.AddTaskEngine(options =>
            {
                // Kinds that fail on purpose are not to be given a rest.
                options.CircuitBreaker.Enabled = false;
                cluster._engine?.Invoke(options);
            }).AddTasksFromGristmillTaskEngine();
            siloBuilder.Services.AddSingleton<TaskKind>(cluster.Gate);
            siloBuilder.Services.AddSingleton<TaskKind>(new FailingKind());
            siloBuilder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(4));
            siloBuilder.Services.Configure<TaskOptions>(options =>
            {
                options.Partitions = Partitions;
                options.RetryDelay = TimeSpan.FromMilliseconds(1);
                options.MaxRetryDelay = TimeSpan.FromMilliseconds(1);
                cluster._configure?.Invoke(options);
            });
        }
    }
}
