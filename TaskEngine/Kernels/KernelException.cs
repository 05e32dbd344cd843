namespace Gristmill;

/// <summary>A kernel did not produce a result. Children say why; <see cref="Kernel"/> says which.</summary>
public class KernelException : GristmillException
{
    public KernelException(
        string kernel, string message, string code = ErrorCodes.Kernel, bool isTransient = false, Exception? innerException = null)
        : base(code, $"{NameOf(kernel)}: {message}", isTransient, innerException) => Kernel = kernel;

    /// <summary>Name of the kernel, as in <c>gm_sum_i64</c>.</summary>
    public string Kernel { get; }

    // For people who have never seen the native library: "sum", "prefix sum".
    private static string NameOf(string kernel)
    {
        const string Prefix = "gm_";
        if (!kernel.StartsWith(Prefix, StringComparison.Ordinal))
            return kernel;
        string[] words = kernel[Prefix.Length..].Split('_');
        return string.Join(' ', words[^1] is "i64" or "f64" or "u8" or "u16" ? words[..^1] : words);
    }
}

/// <summary>The exact result does not fit its type.</summary>
public sealed class KernelOverflowException(string kernel)
    : KernelException(kernel, "the exact result does not fit its type.", ErrorCodes.Overflow);

/// <summary>The arguments are not what the kernel takes.</summary>
public sealed class KernelArgumentException(string kernel, string message) : KernelException(kernel, message, ErrorCodes.InvalidInput);

/// <summary>A kernel could not have its working memory. The same call may succeed later.</summary>
public sealed class KernelMemoryException(string kernel)
    : KernelException(kernel, "working memory could not be had.", ErrorCodes.MemoryBudget, isTransient: true);

/// <summary>The native library was required and could not be used.</summary>
public sealed class KernelLibraryException(string message, Exception? innerException = null)
    : KernelException("gristmill_kernels", message, innerException: innerException);
