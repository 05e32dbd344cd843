using System.Runtime.ExceptionServices;
using System.Text;
using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

/// <summary>Parallel kernels, run by handlers on an engine of four workers, give what the kernels of one thread give.</summary>
public sealed class ParallelTests : IAsyncLifetime
{
    private readonly TaskEngine _engine = TaskEngine.Create(static e => e.Workers(4));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Sum_ManyDoubles_IsTheSameOnAnyNumberOfWorkers()
    {
        double[] data = Doubles(1_000_003);
        double here = ParallelKernels.Sum(data, Token);
        Assert.Equal(here, await OnEngine(() => ParallelKernels.Sum(data)));
        Assert.Equal(Kernels.Sum(data), here, 1e-6);
        Assert.Equal(ParallelKernels.Dot(data, data, Token), await OnEngine(() => ParallelKernels.Dot(data, data)));
        Assert.Equal(Kernels.MinMax(data), await OnEngine(() => ParallelKernels.MinMax(data)));
    }

    [Fact]
    public async Task Sum_LongsWhoseBlocksOverflow_IsExact()
    {
        long[] data = new long[200_000];
        data.AsSpan(0, 100_000).Fill(long.MaxValue);
        data.AsSpan(100_000).Fill(-long.MaxValue);
        Assert.Equal(0, await OnEngine(() => ParallelKernels.Sum(data)));
        data[^1] = 1;
        await Assert.ThrowsAsync<KernelOverflowException>(() => OnEngine(() => ParallelKernels.Sum(data)));
    }

    /// <summary>A block that overflows costs one more pass over it, and no exceptions: they come dear by the thousand.</summary>
    [Fact]
    public void Sum_LongsWhoseBlocksOverflow_ThrowsNothingOnTheWay()
    {
        long[] data = new long[1 << 18];
        data.AsSpan(0, data.Length / 2).Fill(long.MaxValue);
        data.AsSpan(data.Length / 2).Fill(-long.MaxValue);
        int thread = Environment.CurrentManagedThreadId, thrown = 0;
        EventHandler<FirstChanceExceptionEventArgs> count = (_, _) => thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += count;
        try
        {
            Assert.Equal(0, ParallelKernels.Sum(data, Token));
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= count;
        }

        Assert.Equal(0, thrown);
    }

    /// <summary>
    /// No array is as long as the greatest span, so working memory of its size is never to be had. The span's elements are not there either;
    /// nothing reads them.
    /// </summary>
    [Fact]
    public async Task Sort_WorkingMemoryNotToBeHad_SaysSoWithItsName()
    {
        KernelException thrown = await Assert.ThrowsAsync<KernelMemoryException>(() => OnEngine(static () => ParallelKernels.Sort(Endless())));
        Assert.Equal("sort", thrown.Kernel);
        Assert.Equal(KernelStatus.OutOfMemory, KernelSets.Managed.Sort(Endless(), new KernelProgress(null, CancellationToken.None)));

        static unsafe Span<long> Endless() => new((void*)4096, int.MaxValue);
    }

    [Theory]
    [InlineData(131_072)]
    [InlineData(400_001)]
    public async Task Sort_ManyNumbers_MatchesOneThread(int count)
    {
        double[] data = Doubles(count);
        data[7] = double.NaN;
        data[count - 2] = -0.0;
        data[9] = 0.0;
        double[] expected = [.. data];
        Kernels.Sort(expected, cancellationToken: Token);
        Assert.True(await OnEngine(() =>
        {
            ParallelKernels.Sort(data);
            return Generators.SameBits(expected, data);
        }));

        long[] few = [.. Enumerable.Range(0, count).Select(static i => (long)(i * 7919 % 101))];
        long[] expectedFew = [.. few.Order()];
        await OnEngine(() =>
        {
            ParallelKernels.Sort(few);
            return 0;
        });
        Assert.Equal(expectedFew, few);
    }

    [Fact]
    public async Task Multiply_ManyRows_IsTheSameToTheBit()
    {
        const int Rows = 300, Inner = 70, Columns = 53;
        double[] a = Doubles(Rows * Inner), b = Doubles(Inner * Columns), one = new double[Rows * Columns], many = new double[Rows * Columns];
        Kernels.Multiply(a, b, one, Rows, Inner, Columns, cancellationToken: Token);
        await OnEngine(() =>
        {
            ParallelKernels.Multiply(a, b, many, Rows, Inner, Columns);
            return 0;
        });
        Assert.Equal(one, many);
    }

    [Fact]
    public async Task HistogramPrimesAndMandelbrot_OnWorkers_MatchOneThread()
    {
        double[] data = Doubles(500_000);
        long[] one = new long[99], many = new long[99];
        Kernels.Histogram(data, -0.4, 0.4, one);
        var grid = new MandelbrotGrid(-2, 1.2, 0.01, 300, 240, 200);
        uint[] oneImage = new uint[300 * 240], manyImage = new uint[300 * 240];
        Kernels.Mandelbrot(grid, 0, oneImage, cancellationToken: Token);
        long primes = await OnEngine(() =>
        {
            ParallelKernels.Histogram(data, -0.4, 0.4, many);
            ParallelKernels.Mandelbrot(grid, manyImage);
            return ParallelKernels.CountPrimes(1000, 100_000_000);
        });
        Assert.Equal(5_761_455 - 168, primes);
        Assert.Equal(one, many);
        Assert.Equal(oneImage, manyImage);
    }

    [Fact]
    public async Task AxpyAndPrefixSum_ManyDoubles_AreTheSameOnAnyNumberOfWorkers()
    {
        double[] data = Doubles(300_007), here = [.. data], there = [.. data], serial = [.. data];
        Kernels.Axpy(1.7, data, serial);
        ParallelKernels.Axpy(1.7, data, here, Token);
        await OnEngine(() => ParallelKernels.Axpy(1.7, data, there));
        Assert.Equal(serial, here);
        Assert.Equal(serial, there);

        double[] sums = new double[data.Length], inPlace = [.. data];
        Kernels.PrefixSum(data, serial);
        ParallelKernels.PrefixSum(data, sums, Token);
        await OnEngine(() => ParallelKernels.PrefixSum(inPlace, inPlace));
        Assert.Equal(sums, inPlace);
        for (int i = 0; i < sums.Length; i++)
            Assert.Equal(serial[i], sums[i], 1e-9);
        Assert.Throws<KernelArgumentException>(() => ParallelKernels.PrefixSum(data, inPlace.AsSpan(1), Token));
        Assert.Throws<KernelArgumentException>(() => ParallelKernels.PrefixSum(data.AsSpan(1), data.AsSpan(0, data.Length - 1), Token));
        Assert.Throws<KernelArgumentException>(() => ParallelKernels.Axpy(1, data.AsSpan(1), data.AsSpan(0, data.Length - 1), Token));
    }

    [Theory]
    [InlineData("abcd", false)]
    [InlineData("abcd", true)]
    [InlineData("aba", false)]
    [InlineData("aBA", true)]
    [InlineData("\u00c4b\u00c4", true)]
    [InlineData("d", true)]
    public async Task Count_InALongText_MatchesOneThread(string pattern, bool ignoreCase)
    {
        // Occurrences everywhere, so that some lie over every border of blocks.
        byte[] needle = Encoding.UTF8.GetBytes(pattern), text = new byte[3_300_001];
        byte[] lower = Encoding.UTF8.GetBytes(pattern + pattern[1..] + "x" + pattern.ToLowerInvariant());
        for (int i = 0; i < text.Length; i++)
            text[i] = lower[i % lower.Length];

        long expected = Kernels.Count(text, needle, ignoreCase);

        Assert.True(expected > 100_000);
        Assert.Equal(expected, ParallelKernels.Count(text, needle, ignoreCase, Token));
        Assert.Equal(expected, await OnEngine(() => ParallelKernels.Count(text, needle, ignoreCase)));
    }

    [Fact]
    public async Task Progress_HandlerThrows_StopsAllBlocksAndSurfaces()
    {
        var mine = new InvalidOperationException("mine");
        Exception thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => OnEngine(() =>
            ParallelKernels.CountPrimes(0, 100_000_000_000, new Listener(_ => throw mine))));
        Assert.Same(mine, thrown);
    }

    [Fact]
    public async Task Cancel_WhileBlocksRun_StopsAll()
    {
        using var source = new CancellationTokenSource();
        double last = 0;
        var progress = new Listener(done =>
        {
            Assert.InRange(done, last, 1);
            last = done;
            source.Cancel();
        });
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OnEngine(() =>
            ParallelKernels.CountPrimes(0, 1_000_000_000_000, progress, source.Token)));
        Assert.Equal(source.Token, thrown.CancellationToken);
    }

    /// <summary>A small task is done while a kernel that takes all workers has hours to go.</summary>
    [Fact]
    public async Task LongKernel_OnAllWorkers_LetsSmallTasksThrough()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<long> kernel = OnEngine(() => ParallelKernels.CountPrimes(0, 100_000_000_000_000, new Listener(_ => started.TrySetResult()), stop.Token));
        await started.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        for (int i = 0; i < 20; i++)
            Assert.Equal(6, await OnEngine(() => Kernels.Sum([1, 2, 3])).WaitAsync(TimeSpan.FromSeconds(30), Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => kernel);
    }

    private Task OnEngine(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, _engine.Scheduler);

    private Task<T> OnEngine<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, _engine.Scheduler);

    private static double[] Doubles(int count)
    {
        var random = new Random(3);
        double[] data = new double[count];
        foreach (ref double x in data.AsSpan())
            x = random.NextDouble() - 0.5;
        return data;
    }

    private sealed class Listener(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
