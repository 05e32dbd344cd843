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
        var explorer = new Explorer(preemptions: sleepers == 1 ? 3 : 2, delays: sleepers == 1 ? 2 : 1);
        explorer.FindNothing(() => Program<ModelFence>(sleepers, producerIsWorker, rechecks: true));
        Assert.True(explorer.IsExhausted, "every interleaving was tried");
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

    /// <summary>
    /// Two workers sleep; two others push, each to its own deque, and are then long in an item. Whoever is woken takes one item and is long in it too.
    /// </summary>
    [Fact]
    public void TwoProducersAndASearcher_NoWakeUpIsLost()
    {
        var explorer = new Explorer(preemptions: 2, delays: 1);
        explorer.FindNothing(TwoProducers<ModelFence>);
        Assert.True(explorer.IsExhausted, "every interleaving was tried");
    }

    [Fact]
    public void TwoProducersAndASearcher_WithoutTheProducersFence_AWakeUpIsLost() =>
        Assert.Equal("lost", new Explorer(preemptions: 2, delays: 1).Explore(TwoProducers<FenceWithoutFull>)?[..4]);

    /// <summary>A worker that sleeps in a join is woken by an item as by the end of its fork, and an item that comes when it has withdrawn wakes another.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void SleepInAJoin_NoWakeUpIsLost(int others)
    {
        var explorer = new Explorer(preemptions: others == 0 ? 2 : 1, delays: 1);
        explorer.FindNothing(() => Join(others));
        Assert.True(explorer.IsExhausted, "every interleaving was tried");
    }

    private static (Action[] Threads, Func<bool[], string?> Check) TwoProducers<TFence>()
        where TFence : struct, IFence
    {
        WorkStealingDeque<ModelWord, ModelSlot, TFence>[] deques = [new(2), new(2)];
        var idle = new IdleWorkers<ModelWord, TFence>(2);
        idle.Announce(1, wasSearching: false);
        idle.Announce(0, wasSearching: false);
        var unparked = new bool[2];
        int taken = 0;
        bool HasWork() => !deques[0].IsEmpty || !deques[1].IsEmpty;

        void Unpark(int worker)
        {
            if (worker >= 0)
                unparked[worker] = true;
        }

        void Producer(int index)
        {
            deques[index].Push(new Tally().NewItem());
            Unpark(idle.AfterPush());
            // The long item; what was pushed may stay invisible until its first look at shared memory.
            _ = idle.Sleepers;
        }

        void FirstSleeper()
        {
            while (true)
            {
                Park(idle, unparked, 0);
                if (deques[1].Steal(out _) == StealResult.Success || deques[0].Steal(out _) == StealResult.Success)
                    break;
                idle.Announce(0, wasSearching: true);
                if (HasWork())
                    Unpark(idle.TryWake());
            }

            taken++;
            if (idle.EndSearch() && idle.Sleepers > 0 && HasWork())
                Unpark(idle.TryWake());
        }

        return (
            [() => Producer(0), () => Producer(1), FirstSleeper],
            // The other would take what is left: it is enough that it was woken.
            _ => taken == 2 || unparked[1] ? null : "lost: an item lies there, a worker sleeps, and nobody searches");
    }

    private static (Action[] Threads, Func<bool[], string?> Check) Join(int others)
    {
        var deque = new WorkStealingDeque<ModelWord, ModelSlot, ModelFence>(2);
        var idle = new IdleWorkers<ModelWord, ModelFence>(2);
        if (others > 0)
            idle.Announce(1, wasSearching: false);
        var unparked = new bool[2];
        var frameIsDone = new ModelWord();
        bool joined = false;
        int taken = 0;

        void Unpark(int worker)
        {
            if (worker >= 0)
                unparked[worker] = true;
        }

        // Has the second half of the fork: pushes, ends it, and pushes again.
        void Thief()
        {
            deque.Push(new Tally().NewItem());
            Unpark(idle.AfterPush());
            frameIsDone.Exchange(1);
            Unpark(0);
            deque.Push(new Tally().NewItem());
            Unpark(idle.AfterPush());
        }

        // What Worker.SleepUntilDone does.
        void Joiner()
        {
            while (frameIsDone.Read() == 0)
            {
                Announce(0, wasSearching: false);
                ModelThread self = Explorer.Current!;
                while (idle.IsAsleep(0) && frameIsDone.Read() == 0)
                {
                    self.Explorer.BlockUntil(self, () => unparked[0]);
                    unparked[0] = false;
                }

                if (idle.TryWithdraw(0))
                    break;
                TryTake();
                if (idle.EndSearch() && idle.Sleepers > 0 && !deque.IsEmpty)
                    Unpark(idle.TryWake());
            }

            joined = true;
            Sleeper(0, searching: false);
        }

        void Sleeper(int worker, bool searching)
        {
            while (true)
            {
                bool took = TryTake();
                if (took && searching && idle.EndSearch() && idle.Sleepers > 0 && !deque.IsEmpty)
                    Unpark(idle.TryWake());
                searching &= !took;
                if (took)
                    continue;
                Announce(worker, searching);
                Park(idle, unparked, worker);
                searching = true;
            }
        }

        void Announce(int worker, bool wasSearching)
        {
            idle.Announce(worker, wasSearching);
            if (!deque.IsEmpty)
                Unpark(idle.TryWake());
        }

        bool TryTake()
        {
            if (deque.Steal(out _) != StealResult.Success)
                return false;
            taken++;
            return true;
        }

        Action other = () =>
        {
            Park(idle, unparked, 1);
            Sleeper(1, searching: true);
        };
        return (
            [Thief, Joiner, .. Enumerable.Repeat(other, others)],
            _ => !joined ? "lost: the fork has ended and its owner sleeps"
                : taken < 2 ? "lost: an item lies there and everybody sleeps"
                : idle.Searchers > 0 ? "a searcher is counted that is none"
                : null);
    }

    // What Worker.Sleep does: an unpark may be one too many.
    private static void Park<TFence>(IdleWorkers<ModelWord, TFence> idle, bool[] unparked, int worker)
        where TFence : struct, IFence
    {
        ModelThread self = Explorer.Current!;
        while (idle.IsAsleep(worker))
        {
            self.Explorer.BlockUntil(self, () => unparked[worker]);
            unparked[worker] = false;
        }
    }

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
                Park(idle, unparked, worker);
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
