using Gristmill.Contract.Tests.Activation;
using Microsoft.Extensions.Configuration;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Gristmill.Contract.Tests.Calls;

/// <summary>
/// Options that the shared cluster leaves alone: bounds on the queues, and cancellation of calls that nobody waits for.
/// </summary>
public sealed class OverloadTests : IAsyncLifetime
{
    private const int Limit = 3;
    private const int WorkerLimit = 4;

    private readonly string _key = Guid.NewGuid().ToString("N");
    private readonly TestCluster _cluster;

    public OverloadTests()
    {
        TestClusterBuilder builder = new(initialSilosCount: 1);
        builder.AddSiloBuilderConfigurator<Configurator>();
        builder.AddClientBuilderConfigurator<Configurator>();
        _cluster = builder.Build();
    }

    private IFailingGrain Grain => _cluster.GrainFactory.GetGrain<IFailingGrain>(_key);

    [Fact]
    public async Task QueueAboveItsLimit_RefusesCalls_AndRunsTheOthers()
    {
        Task blocking = Grain.Block(_key);
        await Signals.Wait($"{_key}-begun");
        Task<int>[] calls = [.. Enumerable.Range(0, 20).Select(_ => Grain.Count())];
        int refused = 0;
        await foreach (Task<int> call in Task.WhenEach(calls))
        {
            Assert.IsType<LimitExceededException>(call.Exception?.InnerException);
            if (++refused == calls.Length - Limit)
                break;
        }

        Signals.Raise($"{_key}-go");
        await blocking;

        int[] counts = await Task.WhenAll(calls.Where(call => !call.IsFaulted));
        Assert.Equal([1, 2, 3], counts.Order());
    }

    [Fact]
    public async Task WorkersAboveTheirLimit_RefuseCalls_AndRunTheOthers()
    {
        const int Workers = 2;
        IWorkerGrain grain = _cluster.GrainFactory.GetGrain<IWorkerGrain>(0);
        Task<Guid>[] running = [.. Enumerable.Range(0, Workers).Select(_ => grain.Work(_key))];
        for (int i = 1; i <= Workers; i++)
            await Signals.Wait($"{_key}-begun-{i}");

        Task<Guid>[] calls = [.. Enumerable.Range(0, 20).Select(_ => grain.Work(_key))];
        int refused = 0;
        await foreach (Task<Guid> call in Task.WhenEach(calls))
        {
            Assert.IsType<LimitExceededException>(call.Exception?.InnerException);
            if (++refused == calls.Length - (Workers * WorkerLimit))
                break;
        }

        Signals.Raise($"{_key}-go");

        Guid[] instances = await Task.WhenAll(running.Concat(calls.Where(call => !call.IsFaulted)));
        Assert.Equal([WorkerLimit + 1, WorkerLimit + 1], instances.CountBy(instance => instance).Select(pair => pair.Value));
    }

    [Fact]
    public async Task TimedOutCall_IsCancelled_WhenAskedFor()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => Grain.WaitBriefly(_key, CancellationToken.None));

        await Signals.Wait($"{_key}-cancelled-in-turn");
    }

    public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _cluster.DisposeAsync();
    }

    private sealed class Configurator : ISiloConfigurator, IClientBuilderConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder) => siloBuilder.Configure<SiloMessagingOptions>(options =>
        {
            options.MaxEnqueuedRequestsHardLimit = Limit;
            options.MaxEnqueuedRequestsHardLimit_StatelessWorker = WorkerLimit;
            options.CancelRequestOnTimeout = true;
        });

        public void Configure(IConfiguration configuration, IClientBuilder clientBuilder) =>
            clientBuilder.Configure<ClientMessagingOptions>(options => options.CancelRequestOnTimeout = true);
    }
}
