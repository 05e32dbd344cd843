using FsCheck;
using FsCheck.Fluent;
using Gristmill.Scheduling;
using Deque = Gristmill.Scheduling.WorkStealingDeque<
    Gristmill.Scheduling.PaddedWord, Gristmill.Scheduling.Slot, Gristmill.Scheduling.HardwareFence>;

namespace Gristmill.Engine.Tests.Scheduling;

/// <summary>Random programs against a plain list; FsCheck shrinks the one that fails.</summary>
public sealed class ModelBasedTests
{
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(200);

    [Theory]
    [InlineData(2, 0)]
    [InlineData(2, (1L << 31) - 3)]
    [InlineData(4, (1L << 32) - 3)]
    public void Deque_AnyProgram_BehavesAsAList(int capacity, long firstIndex) =>
        Prop.ForAll(Programs(5), program =>
        {
            var deque = new Deque(capacity, firstIndex);
            var model = new List<WorkItem>();
            foreach (int step in program)
            {
                switch (step)
                {
                    case 0 or 1:
                        var item = new Item();
                        deque.Push(item);
                        model.Add(item);
                        break;
                    case 2:
                        Same(TakeAt(model, model.Count - 1), deque.Pop());
                        break;
                    case 3:
                        Same(TakeAt(model, 0), deque.PopFirst());
                        break;
                    default:
                        StealResult result = deque.Steal(out WorkItem? stolen);
                        Assert.Equal(model.Count > 0 ? StealResult.Success : StealResult.Empty, result);
                        Same(TakeAt(model, 0), stolen);
                        break;
                }

                Assert.Equal(model.Count, deque.Count);
                deque.AssertInvariants();
            }
        }).Check(s_config);

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void MpmcQueue_AnyProgram_BehavesAsABoundedQueue(int capacity) =>
        Prop.ForAll(Programs(6), program =>
        {
            var queue = new MpmcQueue<int>(capacity);
            var model = new Queue<int>();
            int next = 0;
            Span<int> batch = stackalloc int[3];
            foreach (int step in program)
            {
                switch (step)
                {
                    case 0 or 1:
                        bool hasRoom = model.Count < capacity;
                        Assert.Equal(hasRoom, queue.TryEnqueue(next));
                        if (hasRoom)
                            model.Enqueue(next);
                        next++;
                        break;
                    case 2 or 3:
                        Assert.Equal(model.TryDequeue(out int expected), queue.TryDequeue(out int actual));
                        Assert.Equal(expected, actual);
                        break;
                    case 4:
                        int room = Math.Min(3, capacity - model.Count);
                        Assert.Equal(room, queue.EnqueueBatch([next, next + 1, next + 2]));
                        for (int i = 0; i < room; i++)
                            model.Enqueue(next + i);
                        next += 3;
                        break;
                    default:
                        int count = queue.DequeueBatch(batch);
                        Assert.Equal(Math.Min(3, model.Count), count);
                        for (int i = 0; i < count; i++)
                            Assert.Equal(model.Dequeue(), batch[i]);
                        break;
                }

                Assert.Equal(model.Count, queue.Count);
            }
        }).Check(s_config);

    [Fact]
    public void DeadlineQueue_AnyProgram_GivesTheEarliest() =>
        Prop.ForAll(Programs(40), program =>
        {
            var queue = new DeadlineQueue();
            var model = new List<long>();
            foreach (int step in program)
            {
                if (step < 25)
                {
                    queue.Push(new Item { Deadline = step });
                    model.Add(step);
                }
                else
                {
                    // A thief sees the batch only; the owner's pop fills it.
                    WorkItem? item = step < 35 ? queue.Pop() : queue.Steal();
                    if (item is null && step >= 35)
                        continue;
                    Assert.Equal(model.Count == 0 ? null : model.Min(), item?.Deadline);
                    if (item is not null)
                        model.Remove(item.Deadline);
                }

                Assert.Equal(model.Count, queue.Count);
            }
        }).Check(s_config);

    private static Arbitrary<int[]> Programs(int steps) => Gen.Choose(0, steps - 1).ArrayOf().ToArbitrary();

    private static WorkItem? TakeAt(List<WorkItem> model, int index)
    {
        if (model.Count == 0)
            return null;
        WorkItem item = model[index];
        model.RemoveAt(index);
        return item;
    }

    private static void Same(WorkItem? expected, WorkItem? actual) => Assert.Same(expected, actual);

    private sealed class Item : WorkItem
    {
        protected internal override void Execute()
        {
        }
    }
}
