namespace Gristmill.Scheduling;

internal sealed partial class Worker
{
    /// <summary>Any thread: takes this worker's items as a thief would, but for forks, which their owner wants back.</summary>
    public void GiveUpQueued(List<WorkItem> taken)
    {
        if (TakeSlot() is { } next)
            taken.Add(next);
        for (int lane = 0; lane < _deques.Length; lane++)
        {
            while (_deques[lane].Glance() is { IsFork: false } && TrySteal(this, lane, out WorkItem? item))
                taken.Add(item!);
        }
    }
}
