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
        explorer.FindNothing(() => Program<ModelWord>((1L << 32) - 1, owner, thief, secondThief));
        Assert.True(explorer.Runs > 10, "the program was explored");
    }

    [Theory(Explicit = true), Trait("Category", "Soak")]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_Soak_TakesEachItemExactlyOnce(string owner, string thief, string? secondThief) =>
        Explorer.Soak(() => Program<ModelWord>((1L << 32) - 1, owner, thief, secondThief));

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
        var tally = new Tally();
        WorkItem? again = null;

        void Run(string program)
        {
            foreach (char step in program)
            {
                switch (step)
                {
                    case '+':
                        deque.Push(tally.NewItem());
                        break;
                    case 'a':
                        again = tally.NewItem();
                        deque.PushAgain(again);
                        break;
                    case 't':
                        if (deque.TryPopAgain(again!))
                            tally.Take(again);
                        break;
                    case '-':
                        tally.Take(deque.Pop());
                        break;
                    case 'f':
                        tally.Take(deque.PopFirst());
                        break;
                    case 's':
                        if (deque.Steal(out WorkItem? stolen) == StealResult.Success)
                            tally.Take(stolen ?? new Tally().NewItem());
                        break;
                }
            }
        }

        string? Check(bool[] blocked)
        {
            while (deque.Pop() is { } left)
                tally.Take(left);
            return tally.Complaint;
        }

        Action[] threads = secondThief is null
            ? [() => Run(owner), () => Run(thief)]
            : [() => Run(owner), () => Run(thief), () => Run(secondThief)];
        return (threads, Check);
    }
}
