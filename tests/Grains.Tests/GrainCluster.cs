using System.Globalization;
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

    public async ValueTask InitializeAsync()
    {
        short silos = short.Parse(Environment.GetEnvironmentVariable(SilosVariable) ?? "1", CultureInfo.InvariantCulture);
        var builder = new TestClusterBuilder(silos);
        builder.AddSiloBuilderConfigurator<SiloSetup>();
        _cluster = builder.Build();
        await _cluster.DeployAsync();
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
