using System.Numerics.Tensors;
using static Gristmill.Benchmarks.Kernels.KernelBenches;
using Ours = Gristmill.Kernels;

namespace Gristmill.Benchmarks.Kernels;

/// <summary>K3: the long kernels on one thread.</summary>
internal static class LongBenches
{
    public static void Run(Bench bench)
    {
        if (!bench.Wants("K3"))
            return;
        Multiply(bench);
        Sort(bench);
        Primes(bench);
        Mandelbrot(bench);
    }

    private static void Multiply(Bench bench)
    {
        Action<double[], double[], double[], int>? blas = NativePeers.OpenBlas(threads: 1);
        foreach (int n in new[] { 512, 1024 })
        {
            double[] a = Doubles(n * n), b = Doubles(n * n), c = new double[n * n];
            double Ours() => ThreadTime.Of(() => Gristmill.Kernels.Multiply(a, b, c, n, n, n)) / 1e6;
            bench.Compare(
                $"K3 matrix {n}", "ms", Ours, "OpenBLAS", blas is null ? null : () => ThreadTime.Of(() => blas(a, b, c, n)) / 1e6,
                Bar.AtMost(1 / 0.7));
            if (n == 512)
                bench.Compare($"K3 matrix {n}", "ms", Ours, "TensorPrimitives rows", () => ThreadTime.Of(() => RowByRow(a, b, c, n)) / 1e6, Par);
        }
    }

    private static void RowByRow(double[] a, double[] b, double[] c, int n)
    {
        Array.Clear(c);
        for (int i = 0; i < n; i++)
        {
            Span<double> row = c.AsSpan(i * n, n);
            for (int k = 0; k < n; k++)
                TensorPrimitives.MultiplyAdd(b.AsSpan(k * n, n), a[i * n + k], row, row);
        }
    }

    private static void Sort(Bench bench)
    {
        int count = bench.Quick ? 1_000_000 : 10_000_000;
        string size = bench.Quick ? "1M" : "10M";
        long[] longs = Longs(count), copy = new long[count];
        double[] doubles = Doubles(count), doubleCopy = new double[count];
        bench.Compare(
            $"K3 sort i64 {size}", "ms", () => Fresh(longs, copy, static x => Ours.Sort(x)), "Array.Sort",
            () => Fresh(longs, copy, static x => Array.Sort(x)), Bar.AtMost(0.25), rounds: 5);
        bench.Compare(
            $"K3 sort f64 {size}", "ms", () => Fresh(doubles, doubleCopy, static x => Ours.Sort(x)), "Array.Sort",
            () => Fresh(doubles, doubleCopy, static x => Array.Sort(x)), Par, rounds: 5);
        // Other numbers every time: a branch predictor learns a small array by heart.
        foreach (int few in new[] { 200, 1000, 2000, 4000 })
        {
            int at = 0;
            double Small(Action<long[], int, int> sort)
            {
                if (at + 50 * few > count)
                    at = 0;
                Array.Copy(longs, at, copy, at, 50 * few);
                int from = at;
                at += 50 * few;
                return ThreadTime.Of(() =>
                {
                    for (int i = 0; i < 50; i++)
                        sort(copy, from + i * few, few);
                }) / 50 / 1e3;
            }

            bench.Compare(
                $"K3 sort i64 {few}", "µs", () => Small(static (x, i, n) => Ours.Sort(x.AsSpan(i, n))), "Array.Sort",
                () => Small(static (x, i, n) => Array.Sort(x, i, n)), Par);
        }
    }

    private static double Fresh<T>(T[] data, T[] copy, Action<T[]> sort)
    {
        data.CopyTo(copy, 0);
        return ThreadTime.Of(() => sort(copy)) / 1e6;
    }

    private static void Primes(Bench bench)
    {
        long limit = bench.Quick ? 100_000_000 : 1_000_000_000;
        Func<long, long>? primesieve = NativePeers.PrimeSieve(threads: 1);
        bench.Compare(
            $"K3 primes to {limit:0e0}", "ms", () => ThreadTime.Of(() => Ours.CountPrimes(0, limit)) / 1e6, "primesieve",
            primesieve is null ? null : () => ThreadTime.Of(() => primesieve(limit)) / 1e6, Bar.AtMost(2.0));
    }

    private static void Mandelbrot(Bench bench)
    {
        var grid = new MandelbrotGrid(-2, 1.25, 0.005, 500, 500, 500);
        uint[] counts = new uint[250_000];
        bench.Compare(
            "K3 mandelbrot 500x500", "ms", () => ThreadTime.Of(() => Ours.Mandelbrot(grid, 0, counts)) / 1e6, "loop",
            () => ThreadTime.Of(() => Loop(grid, counts)) / 1e6, Par);
    }

    private static void Loop(MandelbrotGrid grid, uint[] counts)
    {
        for (int i = 0; i < counts.Length; i++)
        {
            double x = grid.Left + i % grid.Columns * grid.Step, y = grid.Top - i / grid.Columns * grid.Step, re = 0, im = 0;
            uint n = 0;
            for (; n < grid.MaxIterations && re * re + im * im <= 4; n++)
                (re, im) = (re * re - im * im + x, 2 * re * im + y);
            counts[i] = n;
        }
    }
}
