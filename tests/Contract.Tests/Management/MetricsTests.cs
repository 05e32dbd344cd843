using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Gristmill.Contract.Tests.Management;

/// <summary>What the meter of a silo counts. The silo is the test's own, so that nobody else's calls are counted.</summary>
public sealed class MetricsTests : IAsyncLifetime
{
    private readonly TestCluster _cluster = new TestClusterBuilder(initialSilosCount: 1).Build();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _sums = [];
    private readonly string _key = Guid.NewGuid().ToString("N");

    private IManagementGrain Management => _cluster.GrainFactory.GetGrain<IManagementGrain>(0);

    [Fact]
    public async Task Activations_AreCounted_ByWhatBecameOfThem()
    {
        const string Created = "orleans-catalog-activation-created", Destroyed = "orleans-catalog-activation-destroyed", Active = "orleans-catalog-activations";
        long before = Sum(Active);
        for (int i = 0; i < 3; i++)
            await Grain($"{_key}{i}").Touch();
        Assert.Equal(before + 3, Sum(Active));
        (long created, long destroyed) = (Sum(Created), Sum(Destroyed));

        await Grain($"{_key}0").Deactivate();
        await Signals.Wait($"{_key}0-ApplicationRequested");

        // Counted after the grain was told; a call that waits for its next activation comes later still.
        await Grain($"{_key}0").Touch();
        Assert.Equal((created + 1, destroyed + 1, before + 3), (Sum(Created), Sum(Destroyed), Sum(Active)));

        await Assert.ThrowsAsync<InvalidOperationException>(Grain($"failing{_key}").Touch);
        Assert.Equal(1, Sum("orleans-catalog-activation-failed-to-activate"));
    }

    [Fact]
    public async Task CallsInTheSilo_AreCounted()
    {
        await Grain(_key).Touch();
        long before = Sum("orleans-messaging-sent-local");

        await Grain(_key).Call($"{_key}-other", times: 100);

        Assert.True(Sum("orleans-messaging-sent-local") - before >= 100);
    }

    [Fact]
    public async Task Statistics_CountTheActivationsOfAClass()
    {
        for (int i = 0; i < 3; i++)
            await Grain($"{_key}{i}").Touch();
        Assert.Equal(3, await CountMeasured());

        // Answered by the next activation: the one before is counted no more.
        await Grain($"{_key}0").Deactivate();
        await Signals.Wait($"{_key}0-ApplicationRequested");
        await Grain($"{_key}0").Touch();
        Assert.Equal(3, await CountMeasured());
    }

    public async ValueTask InitializeAsync()
    {
        await _cluster.DeployAsync();
        object silo = _cluster.GetSiloServiceProvider(_cluster.Primary!.SiloAddress).GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other silos of this process have meters of the same name.
            if (instrument.Meter.Name == "Microsoft.Orleans" && ReferenceEquals(instrument.Meter.Scope, silo))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        _listener.Start();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _listener.Dispose();
        await _cluster.DisposeAsync();
    }

    private IMeasuredGrain Grain(string key) => _cluster.GrainFactory.GetGrain<IMeasuredGrain>(key);

    private async Task<int> CountMeasured()
    {
        string type = $"{typeof(MeasuredGrain).FullName},{typeof(MeasuredGrain).Assembly.GetName().Name}";
        return (await Management.GetSimpleGrainStatistics()).Where(s => s.GrainType == type).Sum(s => s.ActivationCount);
    }

    private long Sum(string instrument)
    {
        _listener.RecordObservableInstruments();
        lock (_sums)
            return _sums.GetValueOrDefault(instrument);
    }

    private void Add(Instrument instrument, long value)
    {
        lock (_sums)
            _sums[instrument.Name] = (instrument.IsObservable ? 0 : _sums.GetValueOrDefault(instrument.Name)) + value;
    }
}
