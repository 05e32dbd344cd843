namespace Gristmill.Benchmarks.Kernels;

/// <summary>
/// The kernels against what a user would take instead. Ratios are our time over theirs: "at least 4x as fast" is the bar ≤ 0.25.
/// </summary>
internal static class KernelBenches
{
    public static void Run(Bench bench)
    {
        Gristmill.Kernels.Configure(KernelMode.Required);
        KernelReport report = Gristmill.Kernels.Describe();
        bench.PrintHeader($"Kernels ({report.Implementation}, {report.InstructionSet}; K1 to K3 in processor time of one thread)");
        VectorBenches.Run(bench);
        TextBenches.Run(bench);
        LongBenches.Run(bench);
        ParallelBenches.Run(bench);
        CancelBenches.Run(bench);
    }

    /// <summary>At least as fast.</summary>
    public static Bar Par => Bar.AtMost(1.0);

    /// <summary>Nanoseconds per call of an action that is repeated until it takes about a millisecond.</summary>
    public static Func<double> Timed(Action action, int repeat) => () => ThreadTime.Of(() =>
    {
        for (int i = 0; i < repeat; i++)
            action();
    }) / repeat;

    public static double[] Doubles(int count)
    {
        var random = new Random(1);
        double[] data = new double[count];
        foreach (ref double x in data.AsSpan())
            x = random.NextDouble() - 0.5;
        return data;
    }

    public static long[] Longs(int count)
    {
        var random = new Random(1);
        long[] data = new long[count];
        foreach (ref long x in data.AsSpan())
            x = random.NextInt64();
        return data;
    }
}
