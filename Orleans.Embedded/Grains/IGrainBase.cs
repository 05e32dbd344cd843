using Orleans.Runtime;

namespace Orleans;

/// <summary>What the engine asks of a grain class. <see cref="Grain"/> is its usual base.</summary>
public interface IGrainBase
{
    IGrainContext GrainContext { get; }

    /// <summary>Called before the first call, after persistent state was read. Calls wait for it.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Called after the last call. The token fires when the time for it is over.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
