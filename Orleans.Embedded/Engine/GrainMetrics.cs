using System.Diagnostics.Metrics;

namespace Orleans.Runtime;

/// <summary>
/// Counts calls and activations, under the names that Orleans gives them. Methods are named for events and may be called from any thread.
/// </summary>
internal sealed class GrainMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _activations;
    private readonly Counter<long> _failedActivations;
    private readonly Counter<long> _deactivations;
    private readonly StripedCounter _calls = new();
    private long _active;

    public GrainMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("Microsoft.Orleans");
        _activations = _meter.CreateCounter<long>("orleans-catalog-activation-created");
        _failedActivations = _meter.CreateCounter<long>("orleans-catalog-activation-failed-to-activate");
        _deactivations = _meter.CreateCounter<long>("orleans-catalog-activation-destroyed");
        _meter.CreateObservableGauge("orleans-catalog-activations", () => ActiveCount);
        _meter.CreateObservableCounter("orleans-messaging-sent-local", () => CallCount);
    }

    public long ActiveCount => Interlocked.Read(ref _active);

    public long CallCount => _calls.Sum();

    public void Called() => _calls.Increment();

    public void Activated(bool succeeded)
    {
        Interlocked.Increment(ref _active);
        _activations.Add(1);
        if (!succeeded)
            _failedActivations.Add(1);
    }

    public void Deactivated()
    {
        Interlocked.Decrement(ref _active);
        _deactivations.Add(1);
    }

    public void Dispose() => _meter.Dispose();
}
