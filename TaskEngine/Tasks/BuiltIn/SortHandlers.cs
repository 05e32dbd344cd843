namespace Gristmill;

/// <summary>Sorting.</summary>
[TaskDefinition("sort")]
public static partial class SortHandlers
{
    /// <summary>Sorts the numbers in rising order.</summary>
    [TaskOperation]
    public static double[] Numbers(ReadOnlySpan<double> operands, IProgress<double> progress, CancellationToken cancellationToken)
    {
        double[] result = VectorHandlers.Finite(operands.ToArray());
        ParallelKernels.Sort(result, progress, cancellationToken);
        return result;
    }

    /// <summary>Sorts the integers in rising order.</summary>
    [TaskOperation]
    public static long[] Integers(ReadOnlySpan<long> operands, IProgress<double> progress, CancellationToken cancellationToken)
    {
        long[] result = operands.ToArray();
        ParallelKernels.Sort(result, progress, cancellationToken);
        return result;
    }
}
