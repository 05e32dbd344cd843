using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

public sealed class TextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("hello", "olleh")]
    [InlineData("a\r\nb", "b\r\na")]
    [InlineData("e\u0301x", "xe\u0301")]
    [InlineData("🇩🇪🇫🇷", "🇫🇷🇩🇪")]
    [InlineData("a👩‍👩‍👧b", "b👩‍👩‍👧a")]
    public void Reverse_Text_KeepsGraphemeClusters(string text, string expected) => Assert.Equal(expected, Kernels.Reverse(text));

    [Fact]
    public void Reverse_AnyText_MatchesTextElements() =>
        Prop.ForAll(Texts(), text => Kernels.Reverse(text) == string.Concat(Elements(text).Reverse())).QuickCheckThrowOnFailure();

    [Fact]
    public void ToUpper_AnyText_MatchesInvariant() =>
        Prop.ForAll(Texts(), text => string.Equals(Kernels.ToUpper(text), text.ToUpperInvariant(), StringComparison.Ordinal)).QuickCheckThrowOnFailure();

    [Fact]
    public void AsciiKernels_AnyText_NativeEqualsManaged() =>
        Prop.ForAll(Texts(), text =>
            Agree(text, (set, destination) => set.ReverseAscii(text, destination)) && Agree(text, (set, destination) => set.UpperAscii(text, destination)))
            .QuickCheckThrowOnFailure();

    /// <summary>Also lengths that do not add up to the text, or are below zero.</summary>
    [Fact]
    public void ReverseSegments_AnyLengths_NativeEqualsManaged() =>
        Prop.ForAll(Texts(), Arb.From(Gen.Choose(-1, 9).ArrayOf()), Arb.From(Gen.Elements(true, false)), (text, lengths, fit) =>
        {
            if (fit)
                lengths = [.. Elements(text).Select(static e => e.Length)];
            return Agree(text, (set, destination) => set.ReverseSegments(text, lengths, destination));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Reverse_Cancelled_StopsBetweenClusters() =>
        Assert.Throws<OperationCanceledException>(static () => Kernels.Reverse("\u00e9l\u00e8ve", new CancellationToken(canceled: true)));

    /// <summary>One status of both sets and, with <see cref="KernelStatus.Ok"/>, one result.</summary>
    private static bool Agree(string text, Func<KernelSet, char[], KernelStatus> kernel)
    {
        char[] native = new char[text.Length], managed = new char[text.Length];
        KernelStatus status = kernel(KernelSets.Native, native);
        return status == kernel(KernelSets.Managed, managed) && (status != KernelStatus.Ok || native.AsSpan().SequenceEqual(managed));
    }

    private static IEnumerable<string> Elements(string text)
    {
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
            yield return elements.GetTextElement();
    }

    private static Arbitrary<string> Texts()
    {
        Gen<char> ascii = Gen.Choose(0, 127).Select(c => (char)c);
        Gen<string> plain = ascii.ArrayOf().Select(c => new string(c));
        Gen<string> anything = Gen.OneOf(ascii, ArbMap.Default.GeneratorFor<char>()).ArrayOf().Select(c => new string(c));
        Gen<string> clusters = Gen.Elements("e\u0301", "\r\n", "🇩🇪", "👩‍👩‍👧", "x", "\ud83d").ArrayOf().Select(string.Concat);
        Gen<string> longer = ascii.ArrayOf(777).Select(c => new string(c));
        return Arb.From(Gen.OneOf(plain, anything, clusters, longer));
    }
}
