namespace Gristmill;

/// <summary>
/// Operations on vectors of 64-bit floating-point numbers. Sums add in one order on every processor, so results repeat to the
/// bit.
/// </summary>
[TaskDefinition("vector")]
public static partial class VectorHandlers
{
    private const int MaxBins = 1 << 20;

    /// <summary>Adds the numbers; 0 for none.</summary>
    [TaskOperation]
    public static double Sum(ReadOnlySpan<double> operands, CancellationToken cancellationToken = default) =>
        Finite(ParallelKernels.Sum(operands, cancellationToken));

    /// <summary>Computes the scalar product of two vectors of one length.</summary>
    [TaskOperation]
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b, CancellationToken cancellationToken = default)
    {
        RequireSameLength(a, b);
        return Finite(ParallelKernels.Dot(a, b, cancellationToken));
    }

    /// <summary>Computes factor · x + y, element by element.</summary>
    [TaskOperation]
    public static double[] Axpy(double factor, ReadOnlySpan<double> x, ReadOnlySpan<double> y, CancellationToken cancellationToken = default)
    {
        RequireSameLength(x, y);
        double[] result = y.ToArray();
        ParallelKernels.Axpy(factor, x, result, cancellationToken);
        return Finite(result);
    }

    /// <summary>Finds the least and the greatest number.</summary>
    [TaskOperation]
    public static MinAndMax MinMax(ReadOnlySpan<double> operands, CancellationToken cancellationToken = default)
    {
        if (operands.IsEmpty)
            throw new InvalidTaskInputException("operands", "must hold a number.");
        (double min, double max) = ParallelKernels.MinMax(operands, cancellationToken);
        return new MinAndMax(Finite(min), Finite(max));
    }

    /// <summary>Gives the running sums: each element is the sum of the elements up to it.</summary>
    [TaskOperation]
    public static double[] PrefixSum(ReadOnlySpan<double> operands, CancellationToken cancellationToken = default)
    {
        double[] result = new double[operands.Length];
        ParallelKernels.PrefixSum(operands, result, cancellationToken);
        return Finite(result);
    }

    /// <summary>Counts the numbers from low to high in bins of equal width; numbers outside are not counted.</summary>
    [TaskOperation]
    public static long[] Histogram(ReadOnlySpan<double> data, double low, double high, int bins, CancellationToken cancellationToken = default)
    {
        if (bins is < 1 or > MaxBins)
            throw new InvalidTaskInputException("bins", $"must be from 1 to {MaxBins}.");
        if (!(low < high) || !double.IsFinite(low) || !double.IsFinite(high) || !double.IsFinite(high - low)
            || !double.IsFinite(bins / (high - low)))
            throw new InvalidTaskInputException("high", "must be above low, by a difference that a double can hold and divide.");
        long[] counts = new long[bins];
        ParallelKernels.Histogram(data, low, high, counts, cancellationToken);
        return counts;
    }

    internal static void RequireSameLength<T>(ReadOnlySpan<T> first, ReadOnlySpan<T> second)
    {
        if (first.Length != second.Length)
            throw new InvalidTaskInputException("operands", $"must be of one length, but hold {first.Length} and {second.Length} numbers.");
    }

    /// <summary>
    /// JSON has no infinity and no NaN; a result that is one of them is an overflow, or comes from binary input that held one.
    /// </summary>
    internal static double Finite(double value) => double.IsFinite(value) ? value : throw new OverflowException("The result is no finite number.");

    internal static double[] Finite(double[] values)
    {
        foreach (double value in values)
            Finite(value);
        return values;
    }
}

/// <summary>The least and the greatest of some numbers.</summary>
public sealed record MinAndMax(double Min, double Max);
