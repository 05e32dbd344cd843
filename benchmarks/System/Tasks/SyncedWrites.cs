using System.Diagnostics;

namespace Gristmill.Benchmarks;

/// <summary>What the disk takes for a commit by itself: the floor under every latency that has commits in it.</summary>
internal static class SyncedWrites
{
    // As much as a commit of one task writes, into a file as long as the store's log is.
    private const int Length = 5 * 4096;
    private const int Places = 800;

    /// <summary>Writes over a file at a fixed rate, each write synced, and gives what write and sync took, in milliseconds.</summary>
    public static async Task<List<double>> MeasureAsync(double perSecond, int count)
    {
        string path = Path.GetTempFileName();
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
            byte[] bytes = new byte[Length];
            for (int place = 0; place < Places; place++)
                RandomAccess.Write(file, bytes, (long)place * Length);
            RandomAccess.FlushToDisk(file);

            var taken = new List<double>(count);
            await OpenLoop.TickAsync(perSecond, count, (i, _) =>
            {
                bytes[0]++;
                long start = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, bytes, (long)(i % Places) * Length);
                RandomAccess.FlushToDisk(file);
                taken.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            });
            return taken;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
