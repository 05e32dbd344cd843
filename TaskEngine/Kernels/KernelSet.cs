namespace Gristmill.KernelInterop;

/// <summary>
/// What a set of kernels can do. There are two, with equal results: <see cref="NativeKernels"/> and
/// <see cref="ManagedKernels"/>. Stateless; safe from any thread.
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

    public abstract KernelStatus Dot(ReadOnlySpan<long> a, ReadOnlySpan<long> b, out long result);

    public abstract KernelStatus PrefixSum(ReadOnlySpan<long> data, Span<long> destination);

    public abstract KernelStatus MinMax(ReadOnlySpan<long> data, out long min, out long max);

    public abstract KernelStatus Sum(ReadOnlySpan<double> data, out double result);

    public abstract KernelStatus Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b, out double result);

    public abstract KernelStatus Axpy(double factor, ReadOnlySpan<double> x, Span<double> y);

    public abstract KernelStatus PrefixSum(ReadOnlySpan<double> data, Span<double> destination);

    public abstract KernelStatus MinMax(ReadOnlySpan<double> data, out double min, out double max);

    public abstract KernelStatus Histogram(ReadOnlySpan<double> data, double low, double high, Span<long> counts);

    public abstract KernelStatus Multiply(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> c, int rows, int inner, int columns, KernelProgress progress);

    public abstract KernelStatus Sort(Span<long> data, KernelProgress progress);

    public abstract KernelStatus Sort(Span<double> data, KernelProgress progress);

    public abstract KernelStatus Merge(ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> destination);

    public abstract KernelStatus Merge(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> destination);

    public abstract KernelStatus CountPrimes(ulong low, ulong high, KernelProgress progress, out ulong result);

    public abstract KernelStatus Mandelbrot(MandelbrotGrid grid, int firstRow, Span<uint> counts, KernelProgress progress);

    public abstract KernelStatus ValidateUtf8(ReadOnlySpan<byte> text);

    /// <summary>
    /// The offset of the first occurrence at or after <paramref name="start"/>; the text's length when there is none.
    /// </summary>
    public abstract KernelStatus Find(ReadOnlySpan<byte> text, int start, ReadOnlySpan<byte> needle, bool ignoreAsciiCase, out int position);

    public abstract KernelStatus Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> needle, bool ignoreAsciiCase, out long occurrences);

    public abstract KernelStatus FindRecords(
        ReadOnlySpan<byte> text, ReadOnlySpan<uint> ends, ReadOnlySpan<byte> needle, bool ignoreAsciiCase, ref int next, Span<uint> matches,
        out int found);

    /// <summary>Ok when the counts are whole rows of the grid.</summary>
    protected static KernelStatus CheckRows(MandelbrotGrid grid, int firstRow, int count)
    {
        if (grid.Columns <= 0 || grid.MaxIterations is <= 0 or > MandelbrotGrid.MaxMaxIterations || firstRow < 0
            || !double.IsFinite(grid.Left) || !double.IsFinite(grid.Top) || !double.IsFinite(grid.Step))
            return KernelStatus.OutOfRange;
        if (count % grid.Columns != 0)
            return KernelStatus.Dimension;
        return (long)firstRow + count / grid.Columns > grid.Rows ? KernelStatus.OutOfRange : KernelStatus.Ok;
    }
}
