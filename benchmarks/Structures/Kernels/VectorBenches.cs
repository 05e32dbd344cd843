using System.Numerics.Tensors;
using static Gristmill.Benchmarks.Kernels.KernelBenches;
using Ours = Gristmill.Kernels;

namespace Gristmill.Benchmarks.Kernels;

/// <summary>K1: streaming kernels, in the L1 cache and beyond it, against TensorPrimitives and a plain loop.</summary>
internal static class VectorBenches
{
    internal static double s_sink;

    public static void Run(Bench bench)
    {
        if (!bench.Wants("K1"))
            return;
        foreach ((int count, string size, int repeat) in new[] { (2_000, "2k", 2_000), (1_000_000, "1M", 4) })
        {
            Doubles(bench, count, size, repeat);
            Longs(bench, count, size, repeat);
        }

        Histogram(bench);
    }

    private static void Doubles(Bench bench, int count, string size, int repeat)
    {
        double[] x = KernelBenches.Doubles(count), y = KernelBenches.Doubles(count), z = new double[count];
        Row("sum", () => s_sink = Ours.Sum(x), "TensorPrimitives", () => s_sink = TensorPrimitives.Sum<double>(x));
        Row("sum", () => s_sink = Ours.Sum(x), "loop", () => s_sink = LoopSum(x));
        Row("dot", () => s_sink = Ours.Dot(x, y), "TensorPrimitives", () => s_sink = TensorPrimitives.Dot<double>(x, y));
        Row("axpy", () => Ours.Axpy(1e-9, x, y), "TensorPrimitives", () => TensorPrimitives.MultiplyAdd(x, 1e-9, y, y));
        Row("min and max", () => s_sink = Ours.MinMax(x).Min, "TensorPrimitives",
            () => s_sink = TensorPrimitives.Min<double>(x) + TensorPrimitives.Max<double>(x));
        Row("prefix sum", () => Ours.PrefixSum(x, z), "loop", () => LoopPrefix(x, z));

        void Row(string kernel, Action ours, string peer, Action theirs) =>
            bench.Compare($"K1 {kernel} f64 {size}", "ns", Timed(ours, repeat), peer, Timed(theirs, repeat), Par);
    }

    private static void Longs(Bench bench, int count, string size, int repeat)
    {
        long[] x = [.. KernelBenches.Longs(count).Select(static v => v >> 24)], y = [.. x.Select(static v => v >> 22)], z = new long[count];
        Row("sum", () => s_sink = Ours.Sum(x), "TensorPrimitives", () => s_sink = TensorPrimitives.Sum<long>(x), "ours is checked");
        Row("sum", () => s_sink = Ours.Sum(x), "checked loop", () => s_sink = CheckedSum(x));
        Row("dot", () => s_sink = Ours.Dot(y, y), "TensorPrimitives", () => s_sink = TensorPrimitives.Dot<long>(y, y), "ours is checked");
        Row("min and max", () => s_sink = Ours.MinMax(x).Min, "TensorPrimitives",
            () => s_sink = TensorPrimitives.Min<long>(x) + TensorPrimitives.Max<long>(x));
        Row("prefix sum", () => Ours.PrefixSum(x, z), "checked loop", () => CheckedPrefix(x, z));

        void Row(string kernel, Action ours, string peer, Action theirs, string? note = null) =>
            bench.Compare($"K1 {kernel} i64 {size}", "ns", Timed(ours, repeat), peer, Timed(theirs, repeat), Par, note);
    }

    private static void Histogram(Bench bench)
    {
        double[] x = KernelBenches.Doubles(1_000_000);
        long[] counts = new long[64];
        bench.Compare(
            "K1 histogram 64 bins 1M", "ns", Timed(() => Ours.Histogram(x, -0.5, 0.5, counts), 2), "loop",
            Timed(() => LoopHistogram(x, counts), 2), Par);
    }

    private static double LoopSum(double[] data)
    {
        double sum = 0;
        foreach (double x in data)
            sum += x;
        return sum;
    }

    private static long CheckedSum(long[] data)
    {
        long sum = 0;
        foreach (long x in data)
            sum = checked(sum + x);
        return sum;
    }

    private static void LoopPrefix(double[] data, double[] destination)
    {
        double sum = 0;
        for (int i = 0; i < data.Length; i++)
            destination[i] = sum += data[i];
    }

    private static void CheckedPrefix(long[] data, long[] destination)
    {
        long sum = 0;
        for (int i = 0; i < data.Length; i++)
            destination[i] = sum = checked(sum + data[i]);
    }

    private static void LoopHistogram(double[] data, long[] counts)
    {
        Array.Clear(counts);
        foreach (double x in data)
        {
            if (x is >= -0.5 and <= 0.5)
                counts[Math.Min((int)((x + 0.5) * 64), 63)]++;
        }
    }
}
