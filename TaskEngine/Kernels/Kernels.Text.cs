using System.Buffers;
using System.Globalization;
using Gristmill.KernelInterop;

namespace Gristmill;

public static partial class Kernels
{
    private const int StackSegments = 256;

    /// <summary>Clusters between two looks at the token: a fraction of a millisecond.</summary>
    private const int SegmentsPerLook = 4096;

    /// <summary>
    /// Reverses the text by grapheme cluster (Unicode UAX 29), so that what a reader takes for one character stays whole:
    /// combining marks, emoji sequences, flags, and CR LF. Where it has to look for clusters it can be cancelled between them.
    /// </summary>
    public static string Reverse(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length < 2
            ? text
            : string.Create(text.Length, (text, cancellationToken), static (destination, x) => Reverse(x.text, destination, x.cancellationToken));
    }

    /// <summary>Upper case by the invariant culture's simple mapping, which keeps the length.</summary>
    public static string ToUpper(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == 0 ? text : string.Create(text.Length, text, static (destination, source) =>
        {
            if (!Done(Set.UpperAscii(source, destination), "upper case"))
                source.AsSpan().ToUpperInvariant(destination);
        });
    }

    private static void Reverse(ReadOnlySpan<char> source, Span<char> destination, CancellationToken cancellationToken)
    {
        if (Done(Set.ReverseAscii(source, destination), "reverse"))
            return;

        int[]? rented = source.Length > StackSegments ? ArrayPool<int>.Shared.Rent(source.Length) : null;
        Span<int> lengths = rented ?? stackalloc int[StackSegments];
        int segments = 0;
        for (ReadOnlySpan<char> rest = source; !rest.IsEmpty; rest = rest[lengths[segments++]..])
        {
            if (segments % SegmentsPerLook == 0)
                cancellationToken.ThrowIfCancellationRequested();
            lengths[segments] = StringInfo.GetNextTextElementLength(rest);
        }

        Set.ReverseSegments(source, lengths[..segments], destination).ThrowIfFailed("reverse");
        if (rented is not null)
            ArrayPool<int>.Shared.Return(rented);
    }

    /// <summary>False when the ASCII path does not take the text; throws for any other failure.</summary>
    private static bool Done(KernelStatus status, string kernel)
    {
        if (status == KernelStatus.NotAscii)
            return false;
        status.ThrowIfFailed(kernel);
        return true;
    }
}
