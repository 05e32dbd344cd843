using Gristmill.Scheduling;

namespace Gristmill;

/// <summary>
/// Runs <see cref="Task"/>s on the engine's workers. Pass it explicitly, for instance to <see cref="TaskFactory"/>; an <c>await</c> in
/// such a task comes back to the workers. A task costs more here than a <see cref="WorkItem"/>: the object itself, and its scheduling.
/// Once the engine has stopped, tasks run on the .NET pool instead, so that what awaits here gets to its end; <c>RunAsync</c> and
/// <c>Submit</c> of the engine refuse by then. Safe from any thread.
/// </summary>
public sealed class WorkStealingTaskScheduler : TaskScheduler
{
    private readonly WorkerPool _pool;
    private readonly int _lane;

    internal WorkStealingTaskScheduler(WorkerPool pool, int lane)
    {
        _pool = pool;
        _lane = lane;
    }

    /// <summary>The number of workers.</summary>
    public override int MaximumConcurrencyLevel => _pool.WorkerCount;

    /// <summary>Never refuses: the framework swallows what is thrown here for a continuation, whose method would then never end.</summary>
    protected override void QueueTask(Task task) => _pool.Post(new TaskItem(this, task) { Lane = _lane });

    /// <summary>
    /// Runs a task on the worker that waits for it: to refuse would invite deadlock. The queued copy stays and finds the task
    /// started.
    /// </summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        Worker.Current?.Pool == _pool && TryExecuteTask(task);

    /// <summary>For debuggers, which must not take locks: the queues are not listed.</summary>
    protected override IEnumerable<Task>? GetScheduledTasks() => null;

    // Not pooled: it would come back from the worker's core, and a new object, which lies in this core's cache, is cheaper than that. One cache line.
    private sealed class TaskItem(WorkStealingTaskScheduler scheduler, Task task) : WorkItem
    {
        protected internal override void Execute() => scheduler.TryExecuteTask(task);
    }
}
