using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Exploration;

/// <summary>The deque's own code in every interleaving of small programs; mutations of it must be found out.</summary>
public sealed class DequeExplorationTests
{
    public static TheoryData<string, string, string?> Programs => new()
    {
        { "+ + - -", "s", null },
        { "+ - + -", "s", "s" },
        { "+ + - -", "s s", null },
        { "+ + f -", "s s", null },
        { "+ - f", "s", "s" },
        { "+ + + - f", "s", "s" },
        { "a t", "s", "s" },
        { "+ a t -", "s", null },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_TakesEachItemExactlyOnce(string owner, string thief, string? secondThief)
    {
        // The indices pass 2^32 on the way.
        var explorer = new Explorer(mostRuns: 600);
        Assert.Null(explorer.Explore(() => Program<ModelWord>((1L << 32) - 1, owner, thief, secondThief)));
        Assert.True(explorer.Runs > 10, "the program was explored");
    }

    [Theory(Explicit = true), Trait("Category", "Soak")]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_Soak_TakesEachItemExactlyOnce(string owner, string thief, string? secondThief)
    {
        var explorer = new Explorer(preemptions: 3, delays: 3, mostRuns: 500_000);
        Assert.Null(explorer.Explore(() => Program<ModelWord>(0, owner, thief, secondThief)));
        TestContext.Current.TestOutputHelper?.WriteLine($"{explorer.Runs} runs, exhausted: {explorer.IsExhausted}");
    }

    [Fact]
    public void PopWithoutFence_TakesAnItemTwice() =>
        Assert.Contains("taken twice", new Explorer(preemptions: 3).Explore(() => Program<WordWithoutFence>(0, "+ + - -", "s s", null)), StringComparison.Ordinal);

    [Fact]
    public void TryPopAgainWithoutFence_TakesAnItemTwice() =>
        Assert.Contains("taken twice", new Explorer(preemptions: 3).Explore(() => Program<WordWithoutFence>(0, "+ a t -", "s s", null)), StringComparison.Ordinal);

    [Fact]
    public void LastItemWithoutCas_IsTakenTwice() =>
        Assert.Contains("taken twice", new Explorer(preemptions: 3).Explore(() => Program<WordWithoutOwnersCas>(0, "+ -", "s", null)), StringComparison.Ordinal);

    // + push, - pop, f pop the first, s steal; a pushes "again", and t takes that item back if it is there.
    private static (Action[] Threads, Func<bool[], string?> Check) Program<TWord>(
        long firstIndex, string owner, string thief, string? secondThief)
        where TWord : struct, IAtomicWord
    {
        var deque = new WorkStealingDeque<TWord, ModelSlot, ModelFence>(2, firstIndex);
        var pushed = new List<WorkItem>();
        var taken = new List<WorkItem>();
        WorkItem? again = null;

        void Run(string program)
        {
            foreach (char step in program)
            {
                switch (step)
                {
                    case '+':
                        var item = new Item();
                        pushed.Add(item);
                        deque.Push(item);
                        break;
                    case 'a':
                        again = new Item();
                        pushed.Add(again);
                        deque.PushAgain(again);
                        break;
                    case 't':
                        if (deque.TryPopAgain(again!))
                            taken.Add(again!);
                        break;
                    case '-':
                        Take(deque.Pop());
                        break;
                    case 'f':
                        Take(deque.PopFirst());
                        break;
                    case 's':
                        if (deque.Steal(out WorkItem? stolen) == StealResult.Success)
                            Take(stolen ?? new Item());
                        break;
                }
            }
        }

        void Take(WorkItem? item)
        {
            if (item is not null)
                taken.Add(item);
        }

        string? Check(bool[] blocked)
        {
            while (deque.Pop() is { } left)
                taken.Add(left);
            if (taken.Count != taken.Distinct().Count())
                return "an item was taken twice";
            if (taken.Except(pushed).Any())
                return "an item was taken that was never pushed";
            return pushed.Except(taken).Any() ? "an item was lost" : null;
        }

        Action[] threads = secondThief is null
            ? [() => Run(owner), () => Run(thief)]
            : [() => Run(owner), () => Run(thief), () => Run(secondThief)];
        return (threads, Check);
    }

    private sealed class Item : WorkItem
    {
        protected internal override void Execute()
        {
        }
    }
}
