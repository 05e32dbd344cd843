using Gristmill.KernelInterop;

namespace Gristmill;

public static partial class Kernels
{
    /// <summary>The exact sum; 0 for no elements. Only the total must fit: partial sums may not.</summary>
    /// <exception cref="KernelOverflowException">The total does not fit.</exception>
    public static long Sum(ReadOnlySpan<long> data)
    {
        TrySum(data, out long result).ThrowIfFailed("sum");
        return result;
    }

    /// <summary>For those to whom an overflow is no failure.</summary>
    internal static KernelStatus TrySum(ReadOnlySpan<long> data, out long result) => Set.Sum(data, out result);

    /// <summary>The exact product; 1 for no elements.</summary>
    /// <exception cref="KernelOverflowException">The product does not fit.</exception>
    public static long Product(ReadOnlySpan<long> data)
    {
        Set.Product(data, out long result).ThrowIfFailed("product");
        return result;
    }

    /// <summary>n!, for n from 0 to 20.</summary>
    /// <exception cref="KernelOverflowException">n is above 20.</exception>
    /// <exception cref="KernelArgumentException">n is negative.</exception>
    public static long Factorial(long n)
    {
        Set.Factorial(n, out long result).ThrowIfFailed("factorial");
        return result;
    }
}
