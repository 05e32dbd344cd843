using System.Buffers;
using System.Globalization;
using Gristmill.KernelInterop;

namespace Gristmill;

public static partial class Kernels
{
    private const int StackSegments = 256;

    /// <summary>
    /// Reverses the text by grapheme cluster (Unicode UAX 29), so that what a reader takes for one character stays whole:
    /// combining marks, emoji sequences, flags, and CR LF.
    /// </summary>
    public static string Reverse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length < 2 ? text : string.Create(text.Length, text, static (destination, source) => Reverse(source, destination));
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

    private static void Reverse(ReadOnlySpan<char> source, Span<char> destination)
    {
        if (Done(Set.ReverseAscii(source, destination), "reverse"))
            return;

        int[]? rented = source.Length > StackSegments ? ArrayPool<int>.Shared.Rent(source.Length) : null;
        Span<int> lengths = rented ?? stackalloc int[StackSegments];
        int segments = 0;
        for (ReadOnlySpan<char> rest = source; !rest.IsEmpty; rest = rest[lengths[segments++]..])
            lengths[segments] = StringInfo.GetNextTextElementLength(rest);

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
