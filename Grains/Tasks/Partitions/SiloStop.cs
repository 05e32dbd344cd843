namespace Gristmill.Grains.Tasks;

/// <summary>
/// Says when the silo begins to stop. An activation ends only when nobody waits in it, and learns of its end only then: so those who wait have to be
/// let go before.
/// </summary>
internal sealed class SiloStop : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _begun = new();

    /// <summary>Fires while the silo still serves calls, before its activations end.</summary>
    public CancellationToken Begun => _begun.Token;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SiloStop), ServiceLifecycleStage.Active, static _ => Task.CompletedTask, _ => _begun.CancelAsync());

    public void Dispose() => _begun.Dispose();
}
