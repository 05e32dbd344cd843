using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gristmill.Memory;
using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Exploration;

/// <summary>The list of a page's blocks that other threads returned: each comes back to the owner once, also when it goes round again.</summary>
public sealed unsafe class RemoteFreesExplorationTests
{
    private const int BlockBytes = 64;

    // An owner takes in as often as its program says; a returner gives back the blocks named, a * the one that the owner handed out again last.
    public static TheoryData<string, string, string> Programs => new()
    {
        { "t", "a b", "c" },
        { "t t", "a b", "c *" },
        { "t t t", "a *", "b *" },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_EachBlockComesBackOnce(string owner, string first, string second)
    {
        var explorer = new Explorer(preemptions: 3, mostRuns: 2_000);
        explorer.FindNothing(() => Program<ModelWord>(owner, first, second));
        Assert.True(explorer.Runs > 10, "the program was explored");
    }

    [Theory(Explicit = true), Trait("Category", "Soak")]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_Soak_EachBlockComesBackOnce(string owner, string first, string second) =>
        Explorer.Soak(() => Program<ModelWord>(owner, first, second));

    [Fact]
    public void WithoutAtomics_ABlockIsLost() => Assert.Contains(
        "came back", new Explorer().Explore(() => Program<WordWithoutAtomics>("t", "a", "b")), StringComparison.Ordinal);

    private static (Action[] Threads, Func<bool[], string?> Check) Program<TWord>(string owner, string first, string second)
        where TWord : struct, IAtomicWord
    {
        var list = new StrongBox<RemoteFrees<TWord>>();
        var memory = (nint)NativeMemory.AllocZeroed(3 * BlockBytes);
        var returned = new List<nint>();
        var taken = new List<nint>();
        nint handedOut = 0;

        void Own()
        {
            foreach (char step in owner)
            {
                if (step == 't')
                    TakeIn();
            }
        }

        void TakeIn()
        {
            nint last = 0;
            for (byte* block = list.Value.TakeAll(); block != null && taken.Count < 20; block = *(byte**)block)
                taken.Add(last = (nint)block);
            handedOut = last;
        }

        void Return(string program)
        {
            foreach (char step in program)
            {
                nint block = step switch { ' ' => 0, '*' => handedOut, _ => memory + (step - 'a') * BlockBytes };
                if (block == 0)
                    continue;
                if (step == '*')
                    handedOut = 0;
                returned.Add(block);
                list.Value.Push((byte*)block);
            }
        }

        return ([Own, () => Return(first), () => Return(second)], _ =>
        {
            TakeIn();
            NativeMemory.Free((void*)memory);
            return returned.Order().SequenceEqual(taken.Order()) ? null : $"of {returned.Count} blocks {taken.Count} came back";
        });
    }
}
