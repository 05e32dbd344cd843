using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Gristmill.Benchmarks.Kernels;

/// <summary>
/// Processor time of the calling thread, in nanoseconds: for rows of one thread it leaves out the time that other programs take. Wall time
/// where the system does not tell.
/// </summary>
internal static partial class ThreadTime
{
    private const int ThreadCpuClock = 3;

    public static double Of(Action action)
    {
        long start = Now();
        action();
        return Now() - start;
    }

    /// <summary>Nanoseconds since some moment.</summary>
    public static long Now()
    {
        if (!OperatingSystem.IsLinux())
            return (long)Stopwatch.GetElapsedTime(0).TotalNanoseconds;
        return GetTime(ThreadCpuClock, out TimeSpec time) == 0
            ? time.Seconds * 1_000_000_000 + time.Nanoseconds
            : throw new InvalidOperationException($"clock_gettime failed with {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
