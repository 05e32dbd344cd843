namespace Gristmill;

/// <summary>
/// Operations on vectors of 64-bit integers: a result is right, or the task fails with the code <c>overflow</c>. Their sum is <c>math.add</c>,
/// sorting them <c>sort.integers</c>.
/// </summary>
[TaskDefinition("integers")]
public static partial class IntegersHandlers
{
    /// <summary>Computes the scalar product of two vectors of one length.</summary>
    [TaskOperation]
    public static long Dot(ReadOnlySpan<long> a, ReadOnlySpan<long> b)
    {
        VectorHandlers.RequireSameLength(a, b);
        return Kernels.Dot(a, b);
    }

    /// <summary>Finds the least and the greatest number.</summary>
    [TaskOperation]
    public static LeastAndGreatest MinMax(ReadOnlySpan<long> operands)
    {
        if (operands.IsEmpty)
            throw new InvalidTaskInputException("operands", "must hold a number.");
        (long min, long max) = Kernels.MinMax(operands);
        return new LeastAndGreatest(min, max);
    }

    /// <summary>Gives the running sums: each element is the sum of the elements up to it.</summary>
    [TaskOperation]
    public static long[] PrefixSum(ReadOnlySpan<long> operands)
    {
        long[] result = new long[operands.Length];
        Kernels.PrefixSum(operands, result);
        return result;
    }
}

/// <summary>The least and the greatest of some integers.</summary>
public sealed record LeastAndGreatest(long Min, long Max);
