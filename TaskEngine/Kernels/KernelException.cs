namespace Gristmill;

/// <summary>A kernel did not produce a result. Children say why; <see cref="Kernel"/> says which.</summary>
public class KernelException : GristmillException
{
    public KernelException(
        string kernel, string message, string code = ErrorCodes.Kernel, bool isTransient = false, Exception? innerException = null)
        : base(code, $"{kernel}: {message}", isTransient, innerException) => Kernel = kernel;

    /// <summary>The kernel, in words for a person: <c>sum</c>, <c>matrix product</c>.</summary>
    public string Kernel { get; }
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
    : KernelException("native kernels", message, innerException: innerException);
