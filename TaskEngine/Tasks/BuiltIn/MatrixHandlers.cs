namespace Gristmill;

/// <summary>Operations on matrices, which are arrays in row-major order.</summary>
[TaskDefinition("matrix")]
public static partial class MatrixHandlers
{
    /// <summary>32 MiB of numbers: without a limit, two thin matrices could ask for any amount of memory.</summary>
    private const int MaxResult = 1 << 22;

    /// <summary>Multiplies a, of rows × inner numbers, by b, of inner × columns numbers.</summary>
    [TaskOperation]
    public static double[] Multiply(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, int rows, int inner, int columns, IProgress<double> progress,
        CancellationToken cancellationToken)
    {
        RequireSize("a", a.Length, rows, inner);
        RequireSize("b", b.Length, inner, columns);
        if (Math.BigMul(rows, columns) > MaxResult)
            throw new InvalidTaskInputException("columns", $"make a result of more than {MaxResult} numbers.");
        double[] result = new double[rows * columns];
        ParallelKernels.Multiply(a, b, result, rows, inner, columns, progress, cancellationToken);
        return VectorHandlers.Finite(result);
    }

    private static void RequireSize(string field, int length, int rows, int columns)
    {
        if (rows < 0 || columns < 0 || Math.BigMul(rows, columns) != length)
            throw new InvalidTaskInputException(field, $"must hold {rows} x {columns} numbers, but holds {length}.");
    }
}
