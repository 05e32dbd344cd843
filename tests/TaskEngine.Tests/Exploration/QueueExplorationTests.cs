using Gristmill.Engine.Tests.Linearizability;
using Gristmill.Queues;
using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Exploration;

/// <summary>The queue's own code, with a ring of two slots, in every interleaving of small programs: each history could be that of a plain queue.</summary>
public sealed class QueueExplorationTests
{
    private const int Slots = 2;

    // e enqueues, d dequeues; E adds a batch of three, which is more than there is room for, and D takes up to two at once.
    public static TheoryData<long, string, string, string?> Programs => new()
    {
        { 0, "e e", "d d", null },
        { (1L << 31) - 1, "e e e", "d d", null },
        { (1L << 32) - 1, "e d e", "e d", null },
        { long.MaxValue - 1, "e e d", "d e", null },
        { long.MaxValue, "E", "d d D", null },
        { (1L << 32) - 2, "e E", "D D", null },
        { 0, "e", "e", "d d" },
        { long.MaxValue - 1, "e e", "e", "d D" },
        { (1L << 31) - 1, "e d", "e d", "d" },
        { (1L << 32) - 1, "E", "e d", "D" },
        { 0, "E", "E", "D d" },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_IsLinearizable(long firstTicket, string first, string second, string? third)
    {
        var explorer = new Explorer(mostRuns: 600);
        explorer.FindNothing(() => Program<ModelWord, ModelWord, ModelFence>(firstTicket, first, second, third));
        Assert.True(explorer.Runs > 10, "the program was explored");
    }

    [Theory(Explicit = true), Trait("Category", "Soak")]
    [MemberData(nameof(Programs))]
    public void EveryInterleaving_Soak_IsLinearizable(long firstTicket, string first, string second, string? third) =>
        Explorer.Soak(() => Program<ModelWord, ModelWord, ModelFence>(firstTicket, first, second, third));

    [Theory]
    [InlineData("e", "e", "d d")]
    [InlineData("e e", "d", "d")]
    [InlineData("E", "D", "D")]
    public void TicketsWithoutCas_AreTakenTwice(string first, string second, string third) =>
        Assert.NotNull(new Explorer().Explore(() => Program<WordWithoutAtomics, ModelWord, ModelFence>(0, first, second, third)));

    [Fact]
    public void SequenceBeforeItsItem_GivesAwayAnEmptySlot() => Assert.Contains(
        "dequeue(0) = 0",
        new Explorer().Explore(() => Program<ModelWord, HastySequence, HastyFence>(0, "e", "d", null)),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("e", "e d", "dequeue(0) = nothing")]
    [InlineData("e d", "e e", "enqueue(102) = nothing")]
    public void AnswerWithoutWaitingForAHolder_IsUntrue(string first, string second, string untrue) => Assert.Contains(
        untrue, new Explorer().Explore(() => Program<ModelWord, ModelWord, ImpatientFence>(0, first, second, null)), StringComparison.Ordinal);

    private static (Action[] Threads, Func<bool[], string?> Check) Program<TTicket, TSequence, TFence>(
        long firstTicket, string first, string second, string? third)
        where TTicket : struct, IAtomicWord
        where TSequence : struct, IAtomicWord
        where TFence : struct, IFence
    {
        var run = new Run<TTicket, TSequence, TFence>(firstTicket);
        Action[] threads = third is null
            ? [() => run.Perform(0, first), () => run.Perform(1, second)]
            : [() => run.Perform(0, first), () => run.Perform(1, second), () => run.Perform(2, third)];
        return (threads, run.Check);
    }

    private sealed class Run<TTicket, TSequence, TFence>(long firstTicket)
        where TTicket : struct, IAtomicWord
        where TSequence : struct, IAtomicWord
        where TFence : struct, IFence
    {
        private readonly List<Operation> _history = [];
        private MpmcRing<int, TTicket, TSequence, TFence> _ring = new(Slots, firstTicket);
        private long _clock;

        public void Perform(int thread, string program)
        {
            int next = thread * 100;
            foreach (char step in program.Where(step => step != ' '))
            {
                long begin = ++_clock;
                int[] added = step switch { 'e' => [++next], 'E' => [++next, ++next, ++next], _ => [] };
                int[] taken = [];
                int count = 0;
                try
                {
                    switch (step)
                    {
                        case 'e':
                            count = _ring.TryEnqueue(added[0]) ? 1 : 0;
                            break;
                        case 'E':
                            count = _ring.EnqueueBatch(added);
                            break;
                        case 'd':
                            taken = _ring.TryDequeue(out int one) ? [one] : [];
                            break;
                        case 'D':
                            var batch = new int[2];
                            taken = batch[.._ring.DequeueBatch(batch)];
                            break;
                    }
                }
                catch (GaveUpException)
                {
                    // Answers as if it were full or empty.
                }

                Record(thread, begin, added, count, taken);
            }
        }

        public string? Check(bool[] blocked)
        {
            if (blocked.Contains(true))
                return "a thread waits for ever";
            Perform(_history.Count, new string('d', Slots + 1));
            if (!History.IsLinearizable(_history, [], (state, operation) => History.ApplyToQueue(state, operation, Slots)))
                return $"not a queue:\n{string.Join('\n', _history)}";
            // What one thread has added comes out in that order; the history of a batch says it of the batch as a whole only.
            IEnumerable<int[]> taken = _history.Where(operation => operation is { Name: "dequeue", Result: not null })
                .GroupBy(operation => (operation.Thread, operation.Result / 100), (_, of) => of.Select(operation => operation.Result!.Value).ToArray());
            return taken.FirstOrDefault(values => !values.Order().SequenceEqual(values)) is { } wrong
                ? $"out of order: {string.Join(", ", wrong)}"
                : null;
        }

        // A batch is as many single operations, somewhere within its time; the one that ended it found the queue full, or empty.
        private void Record(int thread, long begin, int[] added, int count, int[] taken)
        {
            long end = ++_clock;
            foreach (int value in added[..count])
                _history.Add(new Operation(thread, "enqueue", value, 1, begin, end));
            if (count < added.Length)
                _history.Add(new Operation(thread, "enqueue", added[count], null, begin, end));
            foreach (int value in taken)
                _history.Add(new Operation(thread, "dequeue", 0, value, begin, end));
            if (added.Length == 0 && taken.Length == 0)
                _history.Add(new Operation(thread, "dequeue", 0, null, begin, end));
        }
    }

    private sealed class GaveUpException : Exception;

    /// <summary>A mutation: who finds a slot unready does not wait for its holder.</summary>
    private struct ImpatientFence : IFence
    {
        public static void Full() => ModelFence.Full();

        public static void ProcessWide() => ModelFence.ProcessWide();

        public static void GiveWay(ref SpinWait spin) => throw new GaveUpException();

        public static void AtPlainAccess() => ModelFence.AtPlainAccess();
    }

    /// <summary>A mutation, with <see cref="HastyFence"/>: thread 0 writes the sequence before the item.</summary>
    private struct HastySequence : IAtomicWord
    {
        [ThreadStatic]
        internal static ModelWord t_seen;

        private ModelWord _word;

        public long ReadOwn() => _word.ReadOwn();

        public long Read()
        {
            long value = _word.Read();
            t_seen = _word;
            return value;
        }

        public void Write(long value) => _word.Write(value);

        public long Exchange(long value) => _word.Exchange(value);

        public bool TryChange(long expected, long value) => _word.TryChange(expected, value);
    }

    private struct HastyFence : IFence
    {
        public static void Full() => ModelFence.Full();

        public static void ProcessWide() => ModelFence.ProcessWide();

        public static void GiveWay(ref SpinWait spin) => ModelFence.GiveWay(ref spin);

        public static void AtPlainAccess()
        {
            if (Explorer.Current is { Index: 0 })
                HastySequence.t_seen.Write(HastySequence.t_seen.ReadOwn() + 1);
            ModelFence.AtPlainAccess();
        }
    }
}
