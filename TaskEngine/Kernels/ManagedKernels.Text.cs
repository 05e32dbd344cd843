using System.Buffers;
using System.Text;

namespace Gristmill.KernelInterop;

internal sealed partial class ManagedKernels
{
    public override KernelStatus ReverseAscii(ReadOnlySpan<char> source, Span<char> destination)
    {
        if (destination.Length < source.Length)
            return KernelStatus.Dimension;
        if (!Ascii.IsValid(source) || source.Contains('\r'))
            return KernelStatus.NotAscii;
        source.CopyTo(destination);
        destination[..source.Length].Reverse();
        return KernelStatus.Ok;
    }

    public override KernelStatus ReverseSegments(ReadOnlySpan<char> source, ReadOnlySpan<int> lengths, Span<char> destination)
    {
        if (destination.Length < source.Length)
            return KernelStatus.Dimension;
        int end = source.Length, begin = 0;
        foreach (int length in lengths)
        {
            if ((uint)length > (uint)end)
                return KernelStatus.Dimension;
            end -= length;
            source.Slice(begin, length).CopyTo(destination[end..]);
            begin += length;
        }

        return end == 0 ? KernelStatus.Ok : KernelStatus.Dimension;
    }

    public override KernelStatus UpperAscii(ReadOnlySpan<char> source, Span<char> destination)
    {
        if (destination.Length < source.Length)
            return KernelStatus.Dimension;
        return Ascii.ToUpper(source, destination, out _) == OperationStatus.Done ? KernelStatus.Ok : KernelStatus.NotAscii;
    }
}
