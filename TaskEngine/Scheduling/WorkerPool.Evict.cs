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
        var batch = new WorkItem[32];
        foreach (Injector injector in _injectors)
        {
            for (int count; (count = injector.Take(batch)) > 0;)
                taken.AddRange(batch.AsSpan(0, count));
            for (WorkItem? item = injector.TakeChain(); item is not null;)
            {
                WorkItem? next = item.Next;
                item.Next = null;
                taken.Add(item);
                item = next;
            }
        }

        return taken;
    }
}
