namespace Gristmill.KernelInterop;

/// <summary>The native library. Spans are pinned for the call and never copied.</summary>
internal sealed unsafe partial class NativeKernels : KernelSet
{
    /// <summary>Up to this many bytes every streaming kernel, on any instruction set, stays well under a microsecond.</summary>
    private const int ShortBytes = 2048;

    /// <summary>The same for crc32c, whose scalar code takes a table per few bytes.</summary>
    private const int ShortCrcBytes = 512;

    private static readonly string[] s_isaNames = ["scalar", "sse2", "avx2", "avx512", "neon"];

    private readonly int _isa;

    public NativeKernels(int isa) => _isa = isa;

    public override string Implementation => "native";

    public override string InstructionSet => (uint)_isa < (uint)s_isaNames.Length ? s_isaNames[_isa] : "unknown";

    public override KernelStatus Sum(ReadOnlySpan<long> data, out long result)
    {
        long value = 0;
        KernelStatus status;
        fixed (long* p = data)
        {
            status = data.Length <= ShortBytes / sizeof(long)
                ? NativeMethods.SumShort(p, (ulong)data.Length, &value)
                : NativeMethods.Sum(p, (ulong)data.Length, &value);
        }

        result = value;
        return status;
    }

    public override KernelStatus Product(ReadOnlySpan<long> data, out long result)
    {
        long value = 0;
        KernelStatus status;
        fixed (long* p = data)
        {
            status = data.Length <= ShortBytes / sizeof(long)
                ? NativeMethods.ProductShort(p, (ulong)data.Length, &value)
                : NativeMethods.Product(p, (ulong)data.Length, &value);
        }

        result = value;
        return status;
    }

    public override KernelStatus Factorial(long n, out long result)
    {
        long value = 0;
        KernelStatus status = NativeMethods.FactorialShort(n, &value);
        result = value;
        return status;
    }

    public override KernelStatus ReverseAscii(ReadOnlySpan<char> source, Span<char> destination)
    {
        fixed (char* s = source, d = destination)
            return destination.Length < source.Length ? KernelStatus.Dimension : NativeMethods.ReverseAscii(s, (ulong)source.Length, d);
    }

    public override KernelStatus ReverseSegments(ReadOnlySpan<char> source, ReadOnlySpan<int> lengths, Span<char> destination)
    {
        fixed (char* s = source, d = destination)
        fixed (int* l = lengths)
        {
            return destination.Length < source.Length
                ? KernelStatus.Dimension
                : NativeMethods.ReverseSegments(s, (ulong)source.Length, l, (ulong)lengths.Length, d);
        }
    }

    public override KernelStatus UpperAscii(ReadOnlySpan<char> source, Span<char> destination)
    {
        fixed (char* s = source, d = destination)
            return destination.Length < source.Length ? KernelStatus.Dimension : NativeMethods.UpperAscii(s, (ulong)source.Length, d);
    }

    public override KernelStatus XxHash64(ReadOnlySpan<byte> data, ulong seed, out ulong result)
    {
        ulong value = 0;
        KernelStatus status;
        fixed (byte* p = data)
        {
            status = data.Length <= ShortBytes
                ? NativeMethods.XxHash64Short(p, (ulong)data.Length, seed, &value)
                : NativeMethods.XxHash64(p, (ulong)data.Length, seed, &value);
        }

        result = value;
        return status;
    }

    public override KernelStatus Crc32C(ReadOnlySpan<byte> data, uint previous, out uint result)
    {
        uint value = 0;
        KernelStatus status;
        fixed (byte* p = data)
        {
            status = data.Length <= ShortCrcBytes
                ? NativeMethods.Crc32CShort(p, (ulong)data.Length, previous, &value)
                : NativeMethods.Crc32C(p, (ulong)data.Length, previous, &value);
        }

        result = value;
        return status;
    }
}
