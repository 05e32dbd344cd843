using System.Globalization;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests.Tasks;

/// <summary>A cluster whose silos run no tasks: tests are the executors, with leases and retries that are over soon.</summary>
public sealed class LeaseCluster : IAsyncLifetime
{
    private const int Partitions = 256;

    private static int s_lastPartition;

    private TestCluster? _cluster;

    /// <summary>Tasks that may be live in one partition.</summary>
    internal const int LiveTasks = 60;

    internal static ScriptedTaskStore Store { get; } = new(new MemoryTaskStore());

    public IGrainFactory Grains => _cluster!.GrainFactory;

    /// <summary>The silos in parsable form.</summary>
    public IReadOnlyList<string> Silos => [.. _cluster!.Silos.Select(silo => silo.SiloAddress.ToParsableString())];

    /// <summary>A partition that no test has used. Never 0, which purges.</summary>
    internal static int NextPartition() => Interlocked.Increment(ref s_lastPartition);

    public async ValueTask InitializeAsync()
    {
        short silos = short.Parse(Environment.GetEnvironmentVariable(GrainCluster.SilosVariable) ?? "1", CultureInfo.InvariantCulture);
        var builder = new TestClusterBuilder(silos);
        builder.AddSiloBuilderConfigurator<SiloSetup>();
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    /// <summary>Stops the last silo, and returns when the others know it.</summary>
    internal async Task StopLastSiloAsync()
    {
        await _cluster!.StopSiloAsync(_cluster.Silos[^1]);
        await _cluster.WaitForLivenessToStabilizeAsync();
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
            siloBuilder.Services.AddSingleton<IUserStore>(new MemoryUserStore());
            siloBuilder.Services.AddSingleton<ITaskStore>(Store);
            siloBuilder.Services.AddTaskEngine().AddTasksFromGristmillTaskEngine();
            siloBuilder.Services.Configure<TaskOptions>(options =>
            {
                options.Execute = false;
                options.Partitions = Partitions;
                options.MaxLiveTasks = Partitions * LiveTasks;
                options.LeasePeriod = TimeSpan.FromSeconds(1);
                options.RetryDelay = TimeSpan.FromMilliseconds(1);
                options.MaxRetryDelay = TimeSpan.FromMilliseconds(1);
            });
        }
    }
}

[CollectionDefinition(nameof(LeaseCluster))]
public sealed class LeaseClusterCollection : ICollectionFixture<LeaseCluster>;
