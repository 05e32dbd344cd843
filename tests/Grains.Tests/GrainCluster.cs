using System.Globalization;
using Gristmill.Grains.Schedules;
using Gristmill.Grains.Tasks;
using Gristmill.Grains.Tests.Tasks;
using Gristmill.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>A silo with Gristmill's grains, a task engine, and a store that tests can make fail; on whichever grain engine was built.</summary>
public sealed class GrainCluster : IAsyncLifetime
{
    // Two silos are tried by setting this; the embedded engine always has one.
    internal const string SilosVariable = "TEST_SILOS";

    private TestCluster? _cluster;

    internal static FailingUserStore Store { get; } = new(new MemoryUserStore());

    internal static MemoryTaskStore TaskStore { get; } = new();

    internal static DirectoryFaults DirectoryFaults { get; } = new();

    public IGrainFactory Grains => _cluster!.GrainFactory;

    internal bool CanStopASilo => _cluster!.Silos.Count > 1;

    internal string LastSilo => _cluster!.Silos[^1].SiloAddress.ToParsableString();

    public async ValueTask InitializeAsync()
    {
        short silos = short.Parse(Environment.GetEnvironmentVariable(SilosVariable) ?? "1", CultureInfo.InvariantCulture);
        var builder = new TestClusterBuilder(silos);
        builder.AddSiloBuilderConfigurator<SiloSetup>();
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        if (silos > 1)
            await SettleAsync();
    }

    private Task SettleAsync() => Task.WhenAll(Enumerable.Range(0, new TaskOptions().Partitions).Select(SettleAsync));

    /// <summary>
    /// While silos join or leave, two may hold a partition for a moment, and the one that was opened first learns of it with its next commit: so there is one
    /// here, which leaves nothing behind.
    /// </summary>
    private async Task SettleAsync(int partition)
    {
        ITaskSchedulePartitionGrain schedules = Grains.GetGrain<ITaskSchedulePartitionGrain>(partition);
        string id = $"settle-{partition}";
        var task = new NewTask { Id = default, Kind = "math.add", Input = """{"operands":[1]}"""u8.ToArray() };
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            try
            {
                await schedules.PutScheduleAsync(id, new ScheduleDefinition(task, Every: TimeSpan.FromDays(1)));
                await schedules.DeleteScheduleAsync(id);
                return;
            }
            catch (GrainCallException exception) when (exception.Error.IsTransient && !patience.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Stops the last silo, and returns when the others know it.</summary>
    internal async Task StopLastSiloAsync()
    {
        await _cluster!.StopSiloAsync(_cluster.Silos[^1]);
        await _cluster.WaitForLivenessToStabilizeAsync();
        await SettleAsync();
    }

    public async ValueTask DisposeAsync()
    {
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
            siloBuilder.AddGristmillGrains();
            // Tests call partitions without repeating: none is to move to its home under them.
            siloBuilder.Services.Configure<TaskOptions>(options => options.RebalanceDelay = TimeSpan.FromHours(1));
            siloBuilder.AddIncomingGrainCallFilter(DirectoryFaults);
            siloBuilder.Services.AddSingleton<IUserStore>(Store);
            siloBuilder.Services.AddSingleton<ITaskStore>(TaskStore);
            siloBuilder.Services.AddSingleton<TaskKind, GatedKind>();
            // More than there are processors: handlers of tests wait for each other.
            siloBuilder.Services.AddTaskEngine(engine => engine.Workers = 16).AddTasksFromGristmillTaskEngine();
        }
    }
}
