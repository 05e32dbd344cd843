using System.Diagnostics;
using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

public sealed class ProgressTests
{
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

    /// <summary>The bar is 10 ms on a machine of one's own; the limit here leaves room for the neighbours of a build machine.</summary>
    [Fact]
    public void Cancel_WhileRunning_TakesEffectSoon()
    {
        using var source = new CancellationTokenSource();
        long cancelledAt = 0;
        var progress = new Listener(done =>
        {
            if (done > 0 && cancelledAt == 0)
            {
                cancelledAt = Stopwatch.GetTimestamp();
                source.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => Kernels.CountPrimes(0, 1_000_000_000_000, progress, source.Token));
        Assert.InRange(Stopwatch.GetElapsedTime(cancelledAt).TotalMilliseconds, 0, 500);
    }

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
