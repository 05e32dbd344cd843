using Gristmill.Scheduling;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Engine.Tests.Scheduling;

/// <summary>A pool for one test.</summary>
internal sealed class PoolFixture : IDisposable
{
    public PoolFixture(int workers, int? minWorkers = null, int standIns = 32, TimeSpan? stuckAfter = null, bool stealsWork = true)
    {
        Pool = new WorkerPool(
            new WorkerPoolSettings
            {
                Workers = workers,
                MinWorkers = minWorkers,
                MaxStandIns = standIns,
                StuckAfter = stuckAfter ?? TimeSpan.FromMilliseconds(50),
                StealsWork = stealsWork,
                Name = "test",
            },
            NullLogger.Instance);
        Pool.Start();
    }

    public WorkerPool Pool { get; }

    /// <summary>Runs an action on a worker and gives the signal of its end.</summary>
    public ManualResetEventSlim Submit(Action action, int lane = 1, long deadline = WorkItem.NoDeadline)
    {
        var item = new ActionItem(action) { Lane = lane, Deadline = deadline };
        Pool.Submit(item);
        return item.Done;
    }

    public void Dispose() => Pool.Stop(TimeSpan.FromSeconds(10));

    internal sealed class ActionItem(Action action) : WorkItem
    {
        public readonly ManualResetEventSlim Done = new();

        protected internal override void Execute()
        {
            action();
            Done.Set();
        }
    }
}
