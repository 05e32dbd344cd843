using Orleans.CodeGeneration;

namespace Orleans.Runtime;

/// <summary>What takes the calls of one grain: its activation, or the pool of its stateless workers.</summary>
internal interface IRequestTarget
{
    /// <summary>
    /// Takes the request over; a full queue takes it by refusing it. False when the target is gone and another must be asked for.
    /// </summary>
    bool TryAccept(GrainRequest request);

    /// <summary>
    /// Ends the target in order: running calls end first, waiting ones are sent on. The token tells the grain not to take its time.
    /// </summary>
    void Deactivate(DeactivationReason reason, CancellationToken cancellationToken = default);

    /// <summary>Completes when the target is gone.</summary>
    Task Gone { get; }

    /// <summary>Adds the live activations to the list.</summary>
    void CollectActivations(List<Activation> into);
}
