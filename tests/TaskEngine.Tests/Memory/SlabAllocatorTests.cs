using Gristmill.Memory;

namespace Gristmill.Engine.Tests.Memory;

public sealed class SlabAllocatorTests
{
    [Fact]
    public void SizeClasses_EveryLength_FitsAndWastesLittle()
    {
        for (int bytes = 1; bytes <= 100_000; bytes++)
        {
            int block = SizeClasses.BytesOf(SizeClasses.Of(bytes));
            Assert.True(block >= bytes && block % 64 == 0, $"{bytes} bytes got a block of {block}");
            Assert.True(bytes <= 64 || SizeClasses.BytesOf(SizeClasses.Of(bytes) - 1) < bytes, $"{bytes} bytes would fit a smaller block");
        }
    }

    [Fact]
    public unsafe void RandomRentsAndReturns_BlocksNeverOverlapAndAllMemoryComesBack()
    {
        using var slabs = new SlabAllocator(8.MiB(), heaps: 2);
        var random = new Random(17);
        var live = new List<(SlabBlock Block, int Length, byte Mark)>();
        for (int step = 0; step < 50_000; step++)
        {
            // Two workers and an outsider take turns, so that blocks are returned at home and abroad.
            slabs.EnterHeap(random.Next(-1, 2));
            if (live.Count == 0 || random.Next(100) < 52)
            {
                int length = random.Next(1, random.Next(20) == 0 ? 100_000 : 3000);
                if (!slabs.TryRent(length, out SlabBlock block))
                    continue;
                Assert.Equal(0, (nint)block.Pointer % 64);
                byte mark = (byte)random.Next(256);
                new Span<byte>(block.Pointer, length).Fill(mark);
                live.Add((block, length, mark));
            }
            else
            {
                int index = random.Next(live.Count);
                (SlabBlock block, int length, byte mark) = live[index];
                live[index] = live[^1];
                live.RemoveAt(live.Count - 1);
                Assert.Equal(-1, new Span<byte>(block.Pointer, length).IndexOfAnyExcept(mark));
                slabs.Return(block);
            }

            Assert.True(slabs.ReservedBytes <= slabs.BudgetBytes);
        }

        foreach ((SlabBlock block, _, _) in live)
            slabs.Return(block);
        slabs.Dispose();
        Assert.Equal(0, slabs.ReservedBytes);
    }

    [Fact]
    public void TryRent_BudgetSpent_RefusesAndRecovers()
    {
        using var slabs = new SlabAllocator(1.MiB(), heaps: 1);
        var blocks = new List<SlabBlock>();
        while (slabs.TryRent(4096, out SlabBlock block))
            blocks.Add(block);

        Assert.InRange(blocks.Count, 200, 256);
        Assert.Equal(1, slabs.Refusals);
        Assert.False(slabs.TryRent(500_000, out _));
        foreach (SlabBlock block in blocks)
            slabs.Return(block);
        Assert.True(slabs.TryRent(500_000, out SlabBlock large));
        slabs.Return(large);
    }

    [Fact]
    public void TryRent_BudgetHeldByEmptyPagesOfTheSharedHeap_TakesThemBack()
    {
        using var slabs = new SlabAllocator(1.MiB(), heaps: 1);
        List<SlabBlock> blocks = RentAll(slabs, 12_000);
        ReturnAll(slabs, blocks, heap: 0);
        Assert.True(slabs.TryRent(700_000, out SlabBlock large));
        slabs.Return(large);

        slabs.EnterHeap(-1);
        blocks = RentAll(slabs, 12_000);
        ReturnAll(slabs, blocks, heap: 0);
        // Of another class, for the worker that returned them.
        Assert.True(slabs.TryRent(100, out SlabBlock small));
        slabs.Return(small);
        slabs.EnterHeap(-1);
        Assert.True(slabs.TryRent(700_000, out large));
        slabs.Return(large);
    }

    [Fact]
    public void TryRent_BudgetHeldByEmptyPagesOfAnotherWorker_GetsThemOnceThatRents()
    {
        using var slabs = new SlabAllocator(1.MiB(), heaps: 2);
        slabs.EnterHeap(0);
        Assert.True(slabs.TryRent(100, out SlabBlock kept));
        ReturnAll(slabs, RentAll(slabs, 12_000), heap: 1);
        Assert.False(slabs.TryRent(700_000, out _));

        slabs.EnterHeap(0);
        Assert.True(slabs.TryRent(100, out SlabBlock other));

        slabs.EnterHeap(1);
        Assert.True(slabs.TryRent(700_000, out SlabBlock large));
        foreach (SlabBlock block in new[] { kept, other, large })
            slabs.Return(block);
        slabs.EnterHeap(-1);
    }

    [Fact]
    public void Figures_ByClassAndHeap_FollowTheBlocks()
    {
        using var slabs = new SlabAllocator(8.MiB(), heaps: 2);
        slabs.EnterHeap(1);
        Assert.True(slabs.TryRent(100, out SlabBlock first));
        Assert.True(slabs.TryRent(128, out SlabBlock second));
        Assert.True(slabs.TryRent(3000, out SlabBlock large));

        SlabFigures figures = slabs.ReadFigures();
        Assert.Equal([new SizeClassFigures(128, 1, 2), new SizeClassFigures(3072, 1, 1)], figures.Classes);
        Assert.Equal([0, slabs.ReservedBytes], figures.HeapBytes);

        slabs.Return(first);
        slabs.Return(large);
        Assert.Equal([new SizeClassFigures(128, 1, 1), new SizeClassFigures(3072, 1, 0)], slabs.ReadFigures().Classes);
        slabs.Return(second);
        slabs.EnterHeap(-1);
    }

    [Fact]
    public async Task BlocksPassedBetweenThreads_ComeBackWhole()
    {
        using var slabs = new SlabAllocator(4.MiB(), heaps: 2);
        // On a busy machine a yield may cost a turn of everybody else, so they are few: one per channel.
        var channel = new MpmcQueue<SlabBlock>(1024);
        const int Count = 20_000;
        Task producer = Task.Run(() =>
        {
            slabs.EnterHeap(0);
            for (int i = 0; i < Count; i++)
            {
                SlabBlock block;
                while (!slabs.TryRent(64 + i % 1000, out block))
                    Thread.Yield();
                Mark(block, i);
                while (!channel.TryEnqueue(block))
                    Thread.Yield();
            }
        }, TestContext.Current.CancellationToken);
        Task consumer = Task.Run(() =>
        {
            slabs.EnterHeap(1);
            for (int i = 0; i < Count; i++)
            {
                SlabBlock block;
                while (!channel.TryDequeue(out block))
                    Thread.Yield();
                Assert.Equal(i, ReadMark(block));
                slabs.Return(block);
            }
        }, TestContext.Current.CancellationToken);

        await Within.Time(Task.WhenAll(producer, consumer), "20,000 blocks");
        slabs.Dispose();
        Assert.Equal(0, slabs.ReservedBytes);
    }

    [Fact]
    public void Payload_LastRelease_EndsEveryUse()
    {
        using var memory = new PayloadMemory(new SlabAllocator(1.MiB(), 1));
        PayloadBuffer buffer = memory.Rent(100, "test.kind");
        Memory<byte> view = buffer.Memory;
        buffer.AddReference();
        buffer.Release();
        view.Span[99] = 1;
        Assert.Equal(new MemoryUse("test.kind", 1, 128), Assert.Single(memory.LiveByKind()));

        buffer.Release();

        Assert.Throws<ObjectDisposedException>(() => { _ = view.Span; });
        Assert.Throws<ObjectDisposedException>(() => { buffer.AddReference(); });
        Assert.Throws<ObjectDisposedException>(buffer.Release);
        Assert.Empty(memory.LiveByKind());
    }

    [Fact]
    public void PayloadWriter_OutputBeyondTheBudget_IsRefusedAndReleased()
    {
        using var memory = new PayloadMemory(new SlabAllocator(256.KiB(), 1));
        var writer = new PayloadWriter();
        writer.Begin(memory, "test.kind");
        Assert.Throws<MemoryBudgetException>(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                writer.GetSpan(1000)[..1000].Fill(1);
                writer.Advance(1000);
            }
        });
        writer.End();
        Assert.Equal(0, memory.Live);
    }

    [Fact]
    public void PayloadWriter_OutputThatJustFits_IsTakenWhole()
    {
        using var memory = new PayloadMemory(new SlabAllocator(1.MiB(), 1));
        PayloadBuffer input = memory.Rent(200_000, "test.kind");
        var writer = new PayloadWriter();
        writer.Begin(memory, "test.kind");
        for (int i = 0; i < 190; i++)
        {
            writer.GetSpan(4096)[..4000].Fill((byte)i);
            writer.Advance(4000);
        }

        byte[] output = writer.ToArray();
        Assert.Equal(760_000, output.Length);
        for (int i = 0; i < 190; i++)
            Assert.Equal(-1, output.AsSpan(i * 4000, 4000).IndexOfAnyExcept((byte)i));
        var refused = Assert.Throws<MemoryBudgetException>(() => { writer.GetSpan(400_000); });
        Assert.Equal((ErrorCodes.PayloadTooLarge, 1_160_000), (refused.Code, refused.RequestedBytes));
        Assert.Contains($"of which {memory.LiveByKind().Sum(use => use.Bytes)} are in use", refused.Message, StringComparison.Ordinal);
        writer.End();
        input.Release();
        Assert.Equal(0, memory.Live);
    }

    private static List<SlabBlock> RentAll(SlabAllocator slabs, int bytes)
    {
        var blocks = new List<SlabBlock>();
        while (slabs.TryRent(bytes, out SlabBlock block))
            blocks.Add(block);
        return blocks;
    }

    // Leaves the thread in that heap.
    private static void ReturnAll(SlabAllocator slabs, List<SlabBlock> blocks, int heap)
    {
        slabs.EnterHeap(heap);
        foreach (SlabBlock block in blocks)
            slabs.Return(block);
    }

    private static unsafe void Mark(SlabBlock block, int mark) => *(int*)block.Pointer = mark;

    private static unsafe int ReadMark(SlabBlock block) => *(int*)block.Pointer;
}
