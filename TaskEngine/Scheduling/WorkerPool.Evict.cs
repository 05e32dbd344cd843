namespace Gristmill.Scheduling;

internal sealed partial class WorkerPool
{
    /// <summary>
    /// Takes what is queued now and has no deadline, for a stop when no worker may be free to take it. What is on its way from one queue to another, or
    /// behind a fork, stays. The caller runs each item or queues it again.
    /// </summary>
    public List<WorkItem> TakeQueued()
    {
        List<WorkItem> taken = [];
        for (int i = 0; i < SlotCount; i++)
            WorkerAt(i)?.GiveUpQueued(taken);
        foreach (Injector injector in _injectors)
            injector.TakeAll(taken);
        return taken;
    }
}
