using Orleans.CodeGeneration;

namespace Orleans.Runtime;

/// <summary>
/// The activations of one stateless worker. A request goes to the first idle one; when all are busy a new one is made, up to the
/// class's maximum; then the one with the shortest queue takes it. Idle workers are collected like any activation, and the pool goes
/// with its last one.
/// </summary>
internal sealed class WorkerPool(GrainClass grainClass, GrainId grainId) : IRequestTarget
{
    private readonly Lock _gate = new();
    // Changed under the gate, as a whole: who only lists the workers waits for nobody.
    private volatile Activation[] _workers = [];

    // Guarded by the gate. Set in the step that takes the pool out of the catalog, so that a caller who is refused finds another.
    private bool _gone;

    public Task Gone
    {
        get
        {
            lock (_gate)
                return Task.WhenAll(_workers.Select(w => w.Deactivated));
        }
    }

    public bool TryAccept(GrainRequest request)
    {
        // Under the gate, so that two calls never take the same worker for idle. A worker that refuses is ending, and is not picked again.
        lock (_gate)
        {
            if (_gone)
                return false;
            while (!Pick().TryAccept(request))
            {
            }
        }

        return true;
    }

    public void Deactivate(DeactivationReason reason, CancellationToken cancellationToken)
    {
        lock (_gate)
            End();
        foreach (Activation worker in _workers)
            worker.Deactivate(reason, cancellationToken);
    }

    public void CollectActivations(List<Activation> into)
    {
        foreach (Activation worker in _workers)
            worker.CollectActivations(into);
    }

    public void Remove(Activation worker)
    {
        lock (_gate)
        {
            _workers = [.. _workers.Where(other => other != worker)];
            if (_workers.Length == 0)
                End();
        }
    }

    // Under the gate, as what follows.
    private void End()
    {
        grainClass.Engine.Catalog.Remove(grainId, this);
        _gone = true;
    }

    private Activation Pick()
    {
        Activation? shortest = null;
        int count = 0;
        foreach (Activation worker in _workers)
        {
            if (worker.IsEnding)
                continue;
            count++;
            if (worker.IsInactive)
                return worker;
            if (shortest is null || worker.WaitingCount < shortest.WaitingCount)
                shortest = worker;
        }

        if (shortest is not null && count >= grainClass.MaxWorkers)
            return shortest;

        Activation added = new(grainClass, grainId, this);
        _workers = [.. _workers, added];
        return added;
    }
}
