using System.Runtime.InteropServices;
using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

public sealed partial class ProgressTests
{
    private static readonly string[] s_longKernels =
        ["sort integers", "sort numbers", "sort falling numbers", "multiply", "multiply thin", "primes", "primes near 10^15", "mandelbrot"];

    public static TheoryData<string> Sets => KernelSets.Names;

    [Theory, MemberData(nameof(Sets))]
    public void Progress_LongKernel_RisesTowardsOne(string set)
    {
        var seen = new List<double>();
        var progress = new KernelProgress(new Listener(seen.Add), CancellationToken.None);
        progress.ThrowIfFailed(KernelSets.Get(set).CountPrimes(0, 50_000_000, progress, out _), "prime count");
        Assert.True(seen.Count > 3);
        Assert.Equal(seen.Order(), seen);
        Assert.InRange(seen[^1], 0.5, 1);
    }

    [Fact]
    public void Progress_HandlerThrows_StopsTheKernelAndSurfaces()
    {
        var mine = new InvalidOperationException("mine");
        var thrown = Assert.Throws<InvalidOperationException>(() => Kernels.CountPrimes(0, 100_000_000_000, new Listener(_ => throw mine)));
        Assert.Same(mine, thrown);
    }

    [Fact]
    public void Cancel_BeforeTheCall_StopsEveryLongKernel()
    {
        var cancelled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => Kernels.Sort(new long[1_000_000].AsSpan().Filled(), null, cancelled));
        Assert.Throws<OperationCanceledException>(() => Kernels.CountPrimes(0, 1_000_000_000, null, cancelled));
        Assert.Throws<OperationCanceledException>(() => Kernels.Multiply(new double[100], new double[100], new double[100], 10, 10, 10, null, cancelled));
        Assert.Throws<OperationCanceledException>(() => Kernels.Mandelbrot(new MandelbrotGrid(-2, 1, 0.1, 10, 10, 100), 0, new uint[100], null, cancelled));
    }

    public static TheoryData<string, string> LongKernels => new(
        from set in KernelSets.Names.Select(static row => row.Data)
        from kernel in s_longKernels
        select (set, kernel));

    /// <summary>
    /// Cancel takes effect when a kernel next asks, so this is the longest that it goes without asking, in processor time of its thread:
    /// the neighbours on a build machine do not count.
    /// </summary>
    [Theory, MemberData(nameof(LongKernels))]
    public void Cancel_AtAnyMoment_TakesEffectWithin10Ms(string set, string kernel)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processor time of a thread is read from Linux.");
        double best = double.MaxValue;
        for (int run = 0; run < 3 && best > 10; run++)
            best = Math.Min(best, LongestSilence(KernelSets.Get(set), kernel));
        Assert.InRange(best, 0, 10);
    }

    /// <summary>Milliseconds.</summary>
    private static double LongestSilence(KernelSet kernels, string kernel)
    {
        const int Size = 300, Thin = 1 << 22;
        double last = 0, longest = 0;
        int questions = 0, most = kernel.StartsWith("primes", StringComparison.Ordinal) ? 100 : int.MaxValue;
        var progress = new KernelProgress(new Listener(_ => Ask()), CancellationToken.None);
        var random = new Random(1);
        long[] integers = [.. Enumerable.Range(0, 1_000_000).Select(i => kernel == "sort falling numbers" ? -i : random.NextInt64())];
        double[] numbers = kernel == "sort numbers" ? [.. integers.Select(static x => x * 1e-18)] : new double[kernel == "multiply thin" ? Thin : Size * Size];
        double[] product = new double[Size * Size];
        last = ThreadMilliseconds();
        KernelStatus status = kernel switch
        {
            "sort integers" or "sort falling numbers" => kernels.Sort(integers, progress),
            "sort numbers" => kernels.Sort(numbers, progress),
            "multiply" => kernels.Multiply(numbers, numbers, product, Size, Size, Size, progress),
            "multiply thin" => kernels.Multiply(numbers, numbers, product.AsSpan(0, 1), 1, Thin, 1, progress),
            "primes" => kernels.CountPrimes(0, 200_000_000_000, progress, out _),
            "primes near 10^15" => kernels.CountPrimes(900_000_000_000_000, 1_000_000_000_000_000, progress, out _),
            _ => kernels.Mandelbrot(new MandelbrotGrid(-0.1, 0, 1e-6, 40, 2, MandelbrotGrid.MaxMaxIterations), 0, new uint[80], progress),
        };
        longest = Math.Max(longest, ThreadMilliseconds() - last);
        Assert.Equal(questions == most ? KernelStatus.Cancelled : KernelStatus.Ok, status);
        return longest;

        void Ask()
        {
            double now = ThreadMilliseconds();
            longest = Math.Max(longest, now - last);
            last = now;
            if (++questions == most)
                throw new OperationCanceledException();
        }
    }

    private static double ThreadMilliseconds()
    {
        const int ThreadCpuClock = 3;
        return GetTime(ThreadCpuClock, out TimeSpec time) == 0 ? time.Seconds * 1e3 + time.Nanoseconds / 1e6 : throw new InvalidOperationException();
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out TimeSpec time);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    private sealed class Listener(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}

internal static class SpanFilling
{
    /// <summary>Numbers in falling order, so that there is something to sort.</summary>
    public static Span<long> Filled(this Span<long> data)
    {
        for (int i = 0; i < data.Length; i++)
            data[i] = -(long)i * 7919;
        return data;
    }
}
