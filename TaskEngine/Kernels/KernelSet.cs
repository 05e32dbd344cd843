namespace Gristmill.KernelInterop;

/// <summary>
/// What a set of kernels can do. There are two, with equal results: <see cref="NativeKernels"/> and <see cref="ManagedKernels"/>. Stateless;
/// safe from any thread.
/// </summary>
internal abstract class KernelSet
{
    /// <summary><c>native</c> or <c>managed</c>.</summary>
    public abstract string Implementation { get; }

    /// <summary>The instruction set in use, as <see cref="KernelReport.InstructionSet"/> names it.</summary>
    public abstract string InstructionSet { get; }

    public abstract KernelStatus Sum(ReadOnlySpan<long> data, out long result);

    public abstract KernelStatus Product(ReadOnlySpan<long> data, out long result);

    public abstract KernelStatus Factorial(long n, out long result);

    /// <summary>Reverses plain ASCII without carriage returns; <see cref="KernelStatus.NotAscii"/> for other text.</summary>
    public abstract KernelStatus ReverseAscii(ReadOnlySpan<char> source, Span<char> destination);

    public abstract KernelStatus ReverseSegments(ReadOnlySpan<char> source, ReadOnlySpan<int> lengths, Span<char> destination);

    /// <summary><see cref="KernelStatus.NotAscii"/> for text that is not plain ASCII.</summary>
    public abstract KernelStatus UpperAscii(ReadOnlySpan<char> source, Span<char> destination);

    public abstract KernelStatus XxHash64(ReadOnlySpan<byte> data, ulong seed, out ulong result);

    public abstract KernelStatus Crc32C(ReadOnlySpan<byte> data, uint previous, out uint result);
}
