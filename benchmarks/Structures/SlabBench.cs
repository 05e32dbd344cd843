using System.Buffers;
using Gristmill.Memory;

namespace Gristmill.Benchmarks;

/// <summary>H: 4 KiB taken and given back, on one thread and on two.</summary>
internal static class SlabBench
{
    private const int Bytes = 4096;

    public static void Run(Bench bench)
    {
        int count = bench.Quick ? 200_000 : 2_000_000;
        using var slabs = new SlabAllocator(256L * 1024 * 1024, heaps: 2);
        bench.Compare("H slab, rent and return 4 KiB", "ns", () => Bench.Time(() =>
        {
            slabs.EnterHeap(0);
            for (int i = 0; i < count; i++)
            {
                slabs.TryRent(Bytes, out SlabBlock block);
                slabs.Return(block);
            }
        }) / count, "ArrayPool", () => Bench.Time(() =>
        {
            for (int i = 0; i < count; i++)
                ArrayPool<byte>.Shared.Return(ArrayPool<byte>.Shared.Rent(Bytes));
        }) / count, Bar.AtMost(1.0));

        bench.Compare("H slab, returned on another thread", "ns", () =>
        {
            var queue = new MpmcQueue<SlabBlock>(1024);
            return Pass(
                slabs,
                count,
                () =>
                {
                    slabs.TryRent(Bytes, out SlabBlock block);
                    return queue.TryEnqueue(block) || Refused(block);
                },
                () =>
                {
                    if (!queue.TryDequeue(out SlabBlock block))
                        return false;
                    slabs.Return(block);
                    return true;
                });

            bool Refused(SlabBlock block)
            {
                slabs.Return(block);
                return false;
            }
        }, "ArrayPool", () =>
        {
            var queue = new MpmcQueue<byte[]>(1024);
            return Pass(
                slabs,
                count,
                () =>
                {
                    byte[] array = ArrayPool<byte>.Shared.Rent(Bytes);
                    if (queue.TryEnqueue(array))
                        return true;
                    ArrayPool<byte>.Shared.Return(array);
                    return false;
                },
                () =>
                {
                    if (!queue.TryDequeue(out byte[]? array))
                        return false;
                    ArrayPool<byte>.Shared.Return(array);
                    return true;
                });
        }, Bar.AtMost(1.0));
    }

    private static double Pass(SlabAllocator slabs, int count, Func<bool> tryPut, Func<bool> tryGet)
    {
        using var start = new Barrier(2);
        var consumer = new Thread(() =>
        {
            slabs.EnterHeap(1);
            start.SignalAndWait();
            Repeat(count, tryGet);
        });
        consumer.Start();
        slabs.EnterHeap(0);
        start.SignalAndWait();
        return Bench.Time(() =>
        {
            Repeat(count, tryPut);
            consumer.Join();
        }) / count;
    }

    private static void Repeat(int count, Func<bool> act)
    {
        var spin = new SpinWait();
        for (int i = 0; i < count; i++)
        {
            while (!act())
                spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
