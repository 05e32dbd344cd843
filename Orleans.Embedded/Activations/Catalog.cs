using System.Collections.Concurrent;

namespace Orleans.Runtime;

/// <summary>All grains that have an activation, and how to make one. Safe from any thread.</summary>
internal sealed class Catalog(GrainEngine engine)
{
    private readonly ConcurrentDictionary<GrainId, IRequestTarget> _targets = new();

    /// <summary>Grains that have an activation, stateless workers of one key counted once.</summary>
    public int Count => _targets.Count;

    /// <summary>What takes the grain's calls; made when there is none.</summary>
    /// <exception cref="SiloUnavailableException">There is none, and the silo makes none any more.</exception>
    public IRequestTarget GetTarget(GrainId grainId)
    {
        if (_targets.TryGetValue(grainId, out IRequestTarget? target))
            return target;

        engine.ThrowUnlessActivating();
        GrainClass grainClass = engine.Classes.Get(grainId.Type);

        // A target that loses the race is dropped untouched: it starts nothing before its first request.
        target = _targets.GetOrAdd(
            grainId,
            static (id, c) => c.MaxWorkers > 0 ? new WorkerPool(c, id) : new Activation(c, id, pool: null),
            grainClass);

        // The silo may have begun to stop in between: then the sweep over all targets has perhaps missed this one.
        if (!engine.IsActivating)
            target.Deactivate(GrainEngine.ShuttingDown);
        return target;
    }

    public void Remove(GrainId grainId, IRequestTarget target) =>
        _targets.TryRemove(new KeyValuePair<GrainId, IRequestTarget>(grainId, target));

    /// <summary>The activations that are valid now.</summary>
    public List<Activation> Snapshot()
    {
        List<Activation> activations = [];
        foreach ((_, IRequestTarget target) in _targets)
            target.CollectActivations(activations);
        return activations;
    }

    public async Task DeactivateAllAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        List<Task> gone = [];
        foreach ((_, IRequestTarget target) in _targets)
        {
            target.Deactivate(reason, cancellationToken);
            gone.Add(target.Gone);
        }

        await Task.WhenAll(gone).WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Deactivates what has been idle for its class's collection age, or for <paramref name="age"/> when that is given.
    /// </summary>
    public void CollectIdle(TimeSpan? age = null)
    {
        long now = engine.Time.GetTimestamp();
        foreach (Activation activation in Snapshot())
        {
            TimeSpan limit = activation.Class.CollectionAge;
            if (limit == Timeout.InfiniteTimeSpan)
                continue;
            limit = age ?? limit;
            if (activation.IsStale(now, engine.ToTimestamp(limit)))
                activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"The grain was idle for {limit}."));
        }
    }
}
