using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using FsCheck;
using FsCheck.Fluent;
using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

public sealed class SearchTests
{
    public static TheoryData<string> Sets => KernelSets.Names;

    [Theory, MemberData(nameof(Sets))]
    public void FindAndCount_AsciiText_MatchTheFramework(string set) =>
        Prop.ForAll(Cases(), c =>
        {
            KernelSet kernels = KernelSets.Get(set);
            byte[] text = Encoding.ASCII.GetBytes(c.Text), needle = Encoding.ASCII.GetBytes(c.Needle);
            StringComparison comparison = c.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            kernels.Find(text, 0, needle, c.IgnoreCase, out int position);
            kernels.Count(text, needle, c.IgnoreCase, out long occurrences);
            int expected = c.Text.IndexOf(c.Needle, comparison), count = 0;
            for (int at = expected; at >= 0; at = c.Text.IndexOf(c.Needle, at + c.Needle.Length, comparison))
                count++;
            return position == (expected < 0 ? text.Length : expected) && occurrences == count;
        }).QuickCheckThrowOnFailure();

    [Theory, MemberData(nameof(Sets))]
    public void FindRecords_PackedNames_MatchesContainsOfEach(string set) =>
        Prop.ForAll(Arb.From(Texts().ListOf()), Cases(), (records, c) =>
        {
            byte[] text = Encoding.ASCII.GetBytes(string.Concat(records));
            uint[] ends = new uint[records.Count];
            for (int i = 0, end = 0; i < ends.Length; i++)
                ends[i] = (uint)(end += records[i].Length);
            var found = new List<int>();
            uint[] matches = new uint[3];
            for (int next = 0; next < ends.Length;)
            {
                KernelStatus status = KernelSets.Get(set).FindRecords(
                    text, ends, Encoding.ASCII.GetBytes(c.Needle), c.IgnoreCase, ref next, matches, out int count);
                if (status != KernelStatus.Ok)
                    return false;
                found.AddRange(matches.Take(count).Select(static i => (int)i));
            }

            StringComparison comparison = c.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            return found.SequenceEqual(Enumerable.Range(0, records.Count).Where(i => records[i].Contains(c.Needle, comparison)));
        }).QuickCheckThrowOnFailure();

    /// <summary>Matches written over the ends would be taken for ends, and lead out of the text.</summary>
    [Theory, MemberData(nameof(Sets))]
    public void FindRecords_MatchesOverlapAnInput_IsRefused(string set)
    {
        byte[] text = Encoding.ASCII.GetBytes("ab......ab..............ab......");
        uint[] array = [8, 16, 24, 32, 0, 0];
        int next = 0;
        Assert.Equal(KernelStatus.Overlap, Find(text, array.AsSpan(0, 4), array.AsSpan(3)));
        uint[] apart = [8, 16, 24, 32];
        Assert.Equal(KernelStatus.Overlap, Find(MemoryMarshal.AsBytes(array.AsSpan()), apart.AsSpan(0, 2), array.AsSpan(2)));
        Assert.Equal(KernelStatus.Ok, Find(text, array.AsSpan(0, 4), array.AsSpan(4)));
        Assert.Equal([8u, 16, 24, 32, 0, 1], array);

        KernelStatus Find(ReadOnlySpan<byte> text, ReadOnlySpan<uint> ends, Span<uint> matches) =>
            KernelSets.Get(set).FindRecords(text, ends, "ab"u8, false, ref next, matches, out _);
    }

    [Fact]
    public void IsValidUtf8_AnyBytes_MatchesTheFramework() =>
        Prop.ForAll(Arb.From(Gen.OneOf(ArbMap.Default.GeneratorFor<byte[]>(), Mostly())), bytes =>
            Kernels.IsValidUtf8(bytes) == Utf8.IsValid(bytes)).QuickCheckThrowOnFailure();

    [Fact]
    public void IndexOf_Facade_SaysMinusOneAndRefusesAnEmptyNeedle()
    {
        Assert.Equal(-1, Kernels.IndexOf("abc"u8, "d"u8));
        Assert.Equal(2, Kernels.IndexOf("abC"u8, "c"u8, ignoreAsciiCase: true));
        Assert.Throws<KernelArgumentException>(() => Kernels.IndexOf("abc"u8, ""u8));
        Assert.Throws<KernelArgumentException>(() => Kernels.IndexOf("abc"u8, "a"u8, start: 4));
    }

    /// <summary>Long valid text with at most one byte spoilt.</summary>
    private static Gen<byte[]> Mostly() =>
        from parts in Gen.Elements("plain ascii text", "gr\u00fc\u00df", "\u4f60\u597d", "\U0001F600", "x").ArrayOf(40)
        from at in Gen.Choose(0, 1000)
        from spoil in Gen.Choose(0, 511)
        select Spoil(Encoding.UTF8.GetBytes(string.Concat(parts)), at, spoil);

    private static byte[] Spoil(byte[] bytes, int at, int value)
    {
        if (value < 256)
            bytes[at % bytes.Length] = (byte)value;
        return bytes;
    }

    private static Gen<string> Texts() =>
        Gen.OneOf(Gen.Elements('a', 'b', 'A', 'B', '@', '`'), Gen.Choose(32, 126).Select(static c => (char)c)).ArrayOf()
            .Select(static c => new string(c));

    private static Arbitrary<(string Text, string Needle, bool IgnoreCase)> Cases() => Arb.From(
        from text in Gen.OneOf(Texts(), Texts().ArrayOf(9).Select(string.Concat))
        from needle in Gen.OneOf(Gen.Elements("a", "ab", "aab", "B@", "`a"), Texts().Where(static n => n.Length > 0))
        from ignoreCase in Gen.Elements(true, false)
        select (text, needle, ignoreCase));
}
