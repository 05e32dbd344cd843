using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Gristmill.Benchmarks;

/// <summary>
/// Sends at a fixed rate, whatever becomes of what was sent before, and counts each answer from the moment it should have been asked for: a
/// server that stands still is not spared the requests that it kept waiting.
/// </summary>
internal static partial class OpenLoop
{
    private const int Monotonic = 1;
    private const int Absolute = 1;

    /// <param name="perSecond">Requests a second.</param>
    /// <param name="count">Requests in all.</param>
    /// <param name="send">Gets the timestamp at which it should have begun; runs on the thread pool.</param>
    public static async Task RunAsync(double perSecond, int count, Func<long, Task> send)
    {
        var sent = new Task[count];
        var clock = new Thread(() =>
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++)
            {
                long due = start + (long)(i / perSecond * Stopwatch.Frequency);
                SleepUntil(due);
                sent[i] = Task.Run(() => send(due));
            }
        });
        clock.Start();
        await Task.Run(clock.Join);
        await Task.WhenAll(sent);
    }

    // A sleep of the runtime's wakes up to a millisecond late. On Linux its timestamps are nanoseconds of this clock.
    private static void SleepUntil(long timestamp)
    {
        var due = new TimeSpec { Seconds = timestamp / Stopwatch.Frequency, Nanoseconds = timestamp % Stopwatch.Frequency };
        while (ClockNanosleep(Monotonic, Absolute, in due, IntPtr.Zero) != 0)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int ClockNanosleep(int clock, int flags, in TimeSpec until, IntPtr left);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
