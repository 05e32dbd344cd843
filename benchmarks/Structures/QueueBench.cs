using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Gristmill.Benchmarks;

/// <summary>D: items through a queue between one or two producers and as many consumers.</summary>
internal static class QueueBench
{
    public static void Run(Bench bench)
    {
        int items = bench.Quick ? 1_000_000 : 4_000_000;
        foreach (int pairs in new[] { 1, 2 })
        {
            bench.Compare(
                $"D queue, {pairs}P{pairs}C",
                "ns",
                () =>
                {
                    var queue = new MpmcQueue<int>(1 << 16);
                    return Time(pairs, items, queue.TryEnqueue, queue.TryDequeue);
                },
                "ConcurrentQueue",
                () =>
                {
                    var queue = new ConcurrentQueue<int>();
                    return Time(
                        pairs,
                        items,
                        item =>
                        {
                            queue.Enqueue(item);
                            return true;
                        },
                        queue.TryDequeue);
                },
                Bar.AtMost(1.0));
            bench.Compare(
                $"D bounded queue of 1,000, {pairs}P{pairs}C",
                "ns",
                () =>
                {
                    var queue = new MpmcQueue<int>(1000);
                    return Time(pairs, items, queue.TryEnqueue, queue.TryDequeue);
                },
                "bounded Channel",
                () =>
                {
                    var channel = Channel.CreateBounded<int>(1000);
                    return Time(pairs, items, channel.Writer.TryWrite, channel.Reader.TryRead);
                },
                Bar.AtMost(0.3));
        }
    }

    private delegate bool TryTake(out int item);

    private static double Time(int pairs, int items, Func<int, bool> tryAdd, TryTake tryTake)
    {
        using var start = new Barrier(2 * pairs + 1);
        int each = items / pairs;
        Thread[] threads =
        [
            .. Enumerable.Range(0, 2 * pairs).Select(index => new Thread(() =>
            {
                start.SignalAndWait();
                var spin = new SpinWait();
                for (int i = 0; i < each; i++)
                {
                    while (!(index % 2 == 0 ? tryAdd(i) : tryTake(out _)))
                        spin.SpinOnce(sleep1Threshold: -1);
                }
            })),
        ];
        foreach (Thread thread in threads)
            thread.Start();
        start.SignalAndWait();
        return Bench.Time(() =>
        {
            foreach (Thread thread in threads)
                thread.Join();
        }) / items;
    }
}
