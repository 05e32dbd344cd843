using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Exploration;

/// <summary>The parking protocol's own code in every interleaving: an item that was pushed is never left beside sleeping workers.</summary>
public sealed class ParkingExplorationTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    public void EveryInterleaving_NoWakeUpIsLost(int sleepers, bool producerIsWorker)
    {
        var explorer = new Explorer(preemptions: sleepers == 1 ? 4 : 3, mostRuns: 1_500);
        explorer.FindNothing(() => Program<ModelFence>(sleepers, producerIsWorker, rechecks: true));
        Assert.True(explorer.Runs > 10, "the program was explored");
    }

    [Theory(Explicit = true), Trait("Category", "Soak")]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    public void EveryInterleaving_Soak_NoWakeUpIsLost(int sleepers, bool producerIsWorker) =>
        Explorer.Soak(() => Program<ModelFence>(sleepers, producerIsWorker, rechecks: true));

    [Fact]
    public void WithoutTheRecheck_AWakeUpIsLost() =>
        Assert.Equal("lost", new Explorer(preemptions: 3).Explore(() => Program<ModelFence>(1, true, rechecks: false))?[..4]);

    [Fact]
    public void WithoutTheProcessWideBarrier_AWakeUpIsLost() =>
        Assert.Equal("lost", new Explorer(preemptions: 3).Explore(() => Program<FenceWithoutBarrier>(1, true, rechecks: true))?[..4]);

    private static (Action[] Threads, Func<bool[], string?> Check) Program<TFence>(int sleepers, bool producerIsWorker, bool rechecks)
        where TFence : struct, IFence
    {
        var deque = new WorkStealingDeque<ModelWord, ModelSlot, TFence>(2);
        var idle = new IdleWorkers<ModelWord, TFence>(3);
        var unparked = new bool[3];
        bool taken = false;

        void Unpark(int worker)
        {
            if (worker >= 0)
                unparked[worker] = true;
        }

        // What Worker.Search and Worker.Sleep do, for one item.
        void Sleeper(int worker)
        {
            bool searching = idle.TryStartSearch(limit: 1);
            while (true)
            {
                if (deque.Steal(out _) == StealResult.Success)
                {
                    taken = true;
                    if (searching && idle.EndSearch() && idle.Sleepers > 0 && !deque.IsEmpty)
                        Unpark(idle.TryWake());
                    return;
                }

                idle.Announce(worker, searching);
                if (rechecks && !deque.IsEmpty)
                    Unpark(idle.TryWake());
                ModelThread self = Explorer.Current!;
                self.Explorer.BlockUntil(self, () => unparked[worker]);
                unparked[worker] = false;
                searching = true;
            }
        }

        void Producer()
        {
            deque.Push(new Tally().NewItem());
            Unpark(producerIsWorker ? idle.AfterPush() : AfterInjection());
        }

        // What Injector and WorkerPool do: the barrier, and a look whether somebody has taken the item.
        int AfterInjection()
        {
            TFence.Full();
            return idle.WantsWake && !deque.IsEmpty ? idle.TryWake() : -1;
        }

        Action[] threads = [Producer, .. Enumerable.Range(0, sleepers).Select(worker => (Action)(() => Sleeper(worker)))];
        return (threads, _ => taken ? null : "lost: the item lies there and everybody sleeps");
    }
}
