namespace Gristmill;

/// <summary>Exact arithmetic on 64-bit integers: a result is right, or the task fails with the code <c>overflow</c>.</summary>
[TaskDefinition("math")]
public static partial class MathHandlers
{
    /// <summary>Adds the operands; 0 for none.</summary>
    [TaskOperation]
    public static long Add(ReadOnlySpan<long> operands, CancellationToken cancellationToken = default) =>
        ParallelKernels.Sum(operands, cancellationToken);

    /// <summary>Multiplies the operands; 1 for none.</summary>
    [TaskOperation]
    public static long Multiply(ReadOnlySpan<long> operands) => Kernels.Product(operands);

    /// <summary>Computes the factorial of one operand from 0 to 20.</summary>
    [TaskOperation]
    public static long Factorial(ReadOnlySpan<long> operands)
    {
        if (operands.Length != 1)
            throw new InvalidTaskInputException("operands", "must hold exactly one number.");
        if (operands[0] < 0)
            throw new InvalidTaskInputException("operands", "must not be negative.");
        return Kernels.Factorial(operands[0]);
    }
}
