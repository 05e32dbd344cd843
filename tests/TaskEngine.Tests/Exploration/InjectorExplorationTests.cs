using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Exploration;

/// <summary>
/// The injector's own code, with a ring of two slots: no item is lost or comes twice between ring and chain, and none is left beside workers that
/// sleep.
/// </summary>
public sealed class InjectorExplorationTests
{
    // + pushes one item, P three at once, which is more than the ring holds; - takes what a worker does: from the ring, or the whole chain.
    public static TheoryData<long, string, string, string?> Programs => new()
    {
        { 0, "+ + +", "- -", null },
        { (1L << 31) - 1, "P", "- -", null },
        { (1L << 32) - 1, "P +", "-", "-" },
        { 0, "P", "+ +", "- -" },
        { long.MaxValue - 1, "+ +", "P", "- -" },
    };

    // How many items each producer pushes, and how many workers sleep.
    public static TheoryData<int, int, int> Sleepers => new()
    {
        { 1, 0, 1 },
        { 1, 0, 2 },
        { 2, 0, 2 },
        { 3, 0, 1 },
        { 1, 1, 1 },
        { 2, 1, 1 },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_TakesEachItemExactlyOnce(long firstTicket, string first, string second, string? third)
    {
        var explorer = new Explorer(mostRuns: 600);
        explorer.FindNothing(() => Program<ModelSlot>(firstTicket, first, second, third));
        Assert.True(explorer.Runs > 10, "the program was explored");
    }

    [Theory]
    [MemberData(nameof(Sleepers))]
    public void EveryInterleaving_NoWakeUpIsLost(int firstItems, int secondItems, int sleepers)
    {
        var explorer = new Explorer(preemptions: 3, mostRuns: 1_500);
        explorer.FindNothing(() => ParkingProgram<ModelFence>(firstItems, secondItems, sleepers));
        Assert.True(explorer.Runs > 10, "the program was explored");
    }

    [Theory(Explicit = true), Trait("Category", "Soak")]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_Soak_TakesEachItemExactlyOnce(long firstTicket, string first, string second, string? third) =>
        Explorer.Soak(() => Program<ModelSlot>(firstTicket, first, second, third));

    [Theory(Explicit = true), Trait("Category", "Soak")]
    [MemberData(nameof(Sleepers))]
    public void EveryInterleaving_Soak_NoWakeUpIsLost(int firstItems, int secondItems, int sleepers) =>
        Explorer.Soak(() => ParkingProgram<ModelFence>(firstItems, secondItems, sleepers));

    [Fact]
    public void ChainWithoutAtomics_LosesAnItem() => Assert.Contains(
        "lost", new Explorer().Explore(() => Program<SlotWithoutAtomics>(0, "P", "P", null)), StringComparison.Ordinal);

    [Fact]
    public void PushWithoutItsFence_AWakeUpIsLost() => Assert.Contains(
        "lost", new Explorer(preemptions: 4, seed: 1).Explore(() => ParkingProgram<FenceWithoutFull>(2, 0, 2)), StringComparison.Ordinal);

    private static (Action[] Threads, Func<bool[], string?> Check) Program<TSlot>(long firstTicket, string first, string second, string? third)
        where TSlot : struct, IAtomicSlot
    {
        var injector = new Injector<ModelWord, ModelWord, TSlot, ModelFence>(2, firstTicket);
        var tally = new Tally();

        void Run(string program)
        {
            foreach (char step in program)
            {
                switch (step)
                {
                    case '+':
                        injector.Push(tally.NewItem());
                        break;
                    case 'P':
                        injector.Push([tally.NewItem(), tally.NewItem(), tally.NewItem()]);
                        break;
                    case '-':
                        Take(injector, tally);
                        break;
                }
            }
        }

        Action[] threads = third is null
            ? [() => Run(first), () => Run(second)]
            : [() => Run(first), () => Run(second), () => Run(third)];
        return (threads, blocked =>
        {
            if (blocked.Contains(true))
                return "a thread waits for ever";
            while (Take(injector, tally))
            {
            }

            return injector.IsEmpty && injector.Depth == 0 ? tally.Complaint : "the injector does not know that it is empty";
        });
    }

    // What Worker.Search and Worker.Sleep do, with WorkerPool.AfterInjection on the other side. Of several workers each is for ever in its first item.
    private static (Action[] Threads, Func<bool[], string?> Check) ParkingProgram<TFence>(int firstItems, int secondItems, int sleepers)
        where TFence : struct, IFence
    {
        var injector = new Injector<ModelWord, ModelWord, ModelSlot, TFence>(2);
        var idle = new IdleWorkers<ModelWord, ModelFence>(sleepers);
        var unparked = new bool[sleepers];
        var tally = new Tally();

        void Unpark(int worker)
        {
            if (worker >= 0)
                unparked[worker] = true;
        }

        void Produce(int items)
        {
            for (int i = 0; i < items; i++)
            {
                injector.Push(tally.NewItem());
                if (idle.WantsWake && !injector.IsEmpty && idle.WantsWake)
                    Unpark(idle.TryWake());
            }
        }

        void Sleeper(int worker)
        {
            bool searching = false;
            while (tally.Taken < firstItems + secondItems)
            {
                if (injector.HasReady && Take(injector, tally))
                {
                    if (searching && idle.EndSearch() && idle.Sleepers > 0 && injector.HasReady)
                        Unpark(idle.TryWake());
                    searching = false;
                    if (sleepers > 1)
                        return;
                    continue;
                }

                if (!searching && idle.TryStartSearch(limit: 1))
                {
                    searching = true;
                    continue;
                }

                idle.Announce(worker, searching);
                if (injector.HasReady)
                    Unpark(idle.TryWake());
                ModelThread self = Explorer.Current!;
                self.Explorer.BlockUntil(self, () => unparked[worker]);
                unparked[worker] = false;
                searching = true;
            }
        }

        Action[] producers = secondItems == 0 ? [() => Produce(firstItems)] : [() => Produce(firstItems), () => Produce(secondItems)];
        Action[] threads = [.. producers, .. Enumerable.Range(0, sleepers).Select(worker => (Action)(() => Sleeper(worker)))];
        return (threads, _ => tally.Complaint);
    }

    private static bool Take<TSlot, TFence>(Injector<ModelWord, ModelWord, TSlot, TFence> injector, Tally tally)
        where TSlot : struct, IAtomicSlot
        where TFence : struct, IFence
    {
        var batch = new WorkItem[1];
        int count = injector.Take(batch);
        WorkItem? item = count > 0 ? batch[0] : injector.TakeChain();
        bool any = item is not null;
        while (item is not null)
        {
            WorkItem? next = item.Next;
            item.Next = null;
            tally.Take(item);
            item = next;
        }

        return any;
    }
}
