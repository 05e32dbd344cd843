using System.Runtime.CompilerServices;
using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Exploration;

/// <summary>The slot of a worker: its owner fills it when it reads it as empty, and anyone empties it.</summary>
public sealed class SlotExplorationTests
{
    public static TheoryData<string, string, string?> Programs => new()
    {
        { "+ + -", "-", null },
        { "+ - + -", "- -", null },
        { "+ + +", "- -", "-" },
        { "+ - +", "-", "-" },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_EachItemLeavesOnce(string owner, string thief, string? secondThief)
    {
        var explorer = new Explorer(preemptions: 3, mostRuns: 2_000);
        explorer.FindNothing(() => Program<ModelSlot>(owner, thief, secondThief));
        Assert.True(explorer.Runs > 10, "the program was explored");
    }

    [Theory(Explicit = true), Trait("Category", "Soak")]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_Soak_EachItemLeavesOnce(string owner, string thief, string? secondThief) =>
        Explorer.Soak(() => Program<ModelSlot>(owner, thief, secondThief));

    [Fact]
    public void EmptyingWithoutExchange_TakesAnItemTwice() => Assert.Contains(
        "taken twice", new Explorer().Explore(() => Program<SlotWithoutAtomics>("+ -", "-", null)), StringComparison.Ordinal);

    [Fact]
    public void FillingWithoutALook_LosesAnItem() => Assert.Contains(
        "lost", new Explorer().Explore(() => Program<ModelSlot>("! !", "-", null)), StringComparison.Ordinal);

    // + fills as Worker.Push does, - empties as Worker.TakeSlot does; ! fills without a look.
    private static (Action[] Threads, Func<bool[], string?> Check) Program<TSlot>(string owner, string thief, string? secondThief)
        where TSlot : struct, IAtomicSlot
    {
        var slot = new StrongBox<TSlot>();
        var tally = new Tally();

        void Run(string program)
        {
            foreach (char step in program)
            {
                switch (step)
                {
                    case '+' when slot.Value.Read() is not null:
                        // To the deque.
                        break;
                    case '+' or '!':
                        slot.Value.Write(tally.NewItem());
                        break;
                    case '-' when slot.Value.Read() is not null:
                        tally.Take(slot.Value.Exchange(null));
                        break;
                }
            }
        }

        Action[] threads = secondThief is null
            ? [() => Run(owner), () => Run(thief)]
            : [() => Run(owner), () => Run(thief), () => Run(secondThief)];
        return (threads, _ =>
        {
            tally.Take(slot.Value.Exchange(null));
            return tally.Complaint;
        });
    }
}
