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
    private const int SetTimerSlack = 29;

    /// <param name="perSecond">Requests a second.</param>
    /// <param name="count">Requests in all.</param>
    /// <param name="send">Gets the timestamp at which it should have begun; runs on the thread pool.</param>
    public static async Task RunAsync(double perSecond, int count, Func<long, Task> send)
    {
        var sent = new Task[count];
        await TickAsync(perSecond, count, (i, due) => sent[i] = Task.Run(() => send(due)));
        await Task.WhenAll(sent);
    }

    /// <summary>Calls <paramref name="tick"/> at a fixed rate, on a thread of its own, with the number of the call and the timestamp at which it is due.</summary>
    public static async Task TickAsync(double perSecond, int count, Action<int, long> tick)
    {
        var clock = new Thread(() =>
        {
            // Else Linux may wake the thread 50 µs late, to save a wake-up.
            _ = Prctl(SetTimerSlack, 1);
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++)
            {
                long due = start + (long)(i / perSecond * Stopwatch.Frequency);
                SleepUntil(due);
                tick(i, due);
            }
        });
        clock.Start();
        await Task.Run(clock.Join);
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

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint nanoseconds);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
