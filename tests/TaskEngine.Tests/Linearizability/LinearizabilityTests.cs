using System.Diagnostics;
using Gristmill.Engine.Tests.Soak;
using Gristmill.Scheduling;
using Deque = Gristmill.Scheduling.WorkStealingDeque<
    Gristmill.Scheduling.PaddedWord, Gristmill.Scheduling.Slot, Gristmill.Scheduling.HardwareFence>;

namespace Gristmill.Engine.Tests.Linearizability;

/// <summary>Random programs of two and three real threads, recorded and judged.</summary>
public sealed class LinearizabilityTests
{
    private const int OperationsPerThread = 4;
    private const int Seed = 20_251_121;

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(3, 4)]
    public void MpmcQueue_RandomPrograms_AreLinearizable(int threads, int capacity) => RunQueue(threads, capacity, rounds: 150);

    [Theory(Explicit = true), Trait("Category", "Soak")]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(3, 4)]
    public void MpmcQueue_Soak_IsLinearizable(int threads, int capacity) => RunQueue(threads, capacity, int.MaxValue, SoakTime.Limit, Random.Shared.Next());

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Deque_RandomPrograms_AreLinearizable(int thieves) => RunDeque(thieves, rounds: 150);

    [Theory(Explicit = true), Trait("Category", "Soak")]
    [InlineData(1)]
    [InlineData(2)]
    public void Deque_Soak_IsLinearizable(int thieves) => RunDeque(thieves, int.MaxValue, SoakTime.Limit, Random.Shared.Next());

    [Fact]
    public void Checker_ImpossibleHistory_IsRefused()
    {
        // The second value leaves before the first, long after both were in.
        Operation[] history =
        [
            new(0, "enqueue", 1, 1, 0, 1), new(0, "enqueue", 2, 1, 2, 3), new(1, "dequeue", 0, 2, 4, 5), new(1, "dequeue", 0, 1, 6, 7),
        ];
        Assert.False(History.IsLinearizable(history, [], (state, operation) => History.ApplyToQueue(state, operation, 2)));
    }

    private static void RunQueue(int threads, int capacity, int rounds, TimeSpan? limit = null, int seed = Seed)
    {
        MpmcQueue<int> queue = null!;
        var race = new Race(threads);
        long started = Stopwatch.GetTimestamp();
        int round = 0;
        for (; round < rounds && (limit is null || Stopwatch.GetElapsedTime(started) < limit); round++)
        {
            queue = new MpmcQueue<int>(capacity);
            List<Operation> history = race.Run(seed + round, OperationsPerThread, (thread, random, value) => random.Next(2) == 0
                ? ("enqueue", value, () => queue.TryEnqueue(value) ? 1 : null)
                : ("dequeue", 0, () => queue.TryDequeue(out int taken) ? taken : null));
            Assert.True(
                History.IsLinearizable(history, [], (state, operation) => History.ApplyToQueue(state, operation, queue.Capacity)),
                $"seed {seed}, round {round}:\n{string.Join('\n', history)}");
        }

        SoakTime.Report(seed, $"{round} programs");
    }

    private static void RunDeque(int thieves, int rounds, TimeSpan? limit = null, int seed = Seed)
    {
        Deque deque = null!;
        var race = new Race(thieves + 1);
        long started = Stopwatch.GetTimestamp();
        int round = 0;
        for (; round < rounds && (limit is null || Stopwatch.GetElapsedTime(started) < limit); round++)
        {
            deque = new Deque(2, (1L << 31) - 2);
            List<Operation> history = race.Run(seed + round, OperationsPerThread, (thread, random, value) =>
                thread > 0
                    ? ("steal", 0, () => deque.Steal(out WorkItem? item) switch
                    {
                        StealResult.Success => ((Item)item!).Value,
                        StealResult.Retry => -1,
                        _ => null,
                    })
                    : random.Next(4) switch
                    {
                        0 => ("pop", 0, () => (deque.Pop() as Item)?.Value),
                        1 => ("popFirst", 0, () => (deque.PopFirst() as Item)?.Value),
                        _ => ("push", value, () =>
                        {
                            deque.Push(new Item(value));
                            return 1;
                        }),
                    });
            Assert.True(History.IsLinearizable(history, [], ApplyToDeque), $"seed {seed}, round {round}:\n{string.Join('\n', history)}");
        }

        SoakTime.Report(seed, $"{round} programs");
    }

    private static IReadOnlyList<int>? ApplyToDeque(IReadOnlyList<int> state, Operation operation) => operation switch
    {
        { Name: "push" } => [.. state, operation.Argument],
        // A lost race says nothing about the deque.
        { Name: "steal", Result: -1 } => state,
        { Result: null } => state.Count == 0 ? state : null,
        { Name: "pop" } => state.Count > 0 && state[^1] == operation.Result ? [.. state.SkipLast(1)] : null,
        _ => state.Count > 0 && state[0] == operation.Result ? [.. state.Skip(1)] : null,
    };

    private sealed class Item(int value) : WorkItem
    {
        public int Value => value;

        protected internal override void Execute()
        {
        }
    }
}
