using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using static Gristmill.Benchmarks.Kernels.KernelBenches;
using Ours = Gristmill.Kernels;

namespace Gristmill.Benchmarks.Kernels;

/// <summary>K2: text and hashes against the framework.</summary>
internal static class TextBenches
{
    internal static long s_sink;
    internal static string? s_text;

    public static void Run(Bench bench)
    {
        if (!bench.Wants("K2"))
            return;
        string prose = Prose(1 << 20);
        byte[] ascii = Encoding.ASCII.GetBytes(prose);
        Search(bench, prose, ascii);
        Users(bench);
        Units(bench, prose[..4096], prose);
        Bytes(bench, ascii, Encoding.UTF8.GetBytes(prose.Replace("e", "é", StringComparison.Ordinal)));
    }

    private static void Search(Bench bench, string prose, byte[] text)
    {
        byte[] absent = "quizzical"u8.ToArray(), common = "th"u8.ToArray();
        Row("find absent word", () => s_sink = Ours.IndexOf(text, absent), "Span.IndexOf", () => s_sink = text.AsSpan().IndexOf(absent));
        Row("count byte", () => s_sink = Ours.Count(text, "e"u8), "Span.Count", () => s_sink = text.AsSpan().Count((byte)'e'));
        Row("count common pair", () => s_sink = Ours.Count(text, common), "Span.Count", () => s_sink = text.AsSpan().Count(common));
        bench.Compare(
            "K2 find without case 1MB", "ns", Timed(() => s_sink = Ours.IndexOf(text, absent, ignoreAsciiCase: true), 4),
            "string.Contains", Timed(() => s_sink = prose.Contains("quizzical", StringComparison.OrdinalIgnoreCase) ? 1 : 0, 4),
            Par, "UTF-8 against UTF-16");

        void Row(string kernel, Action ours, string peer, Action theirs) =>
            bench.Compare($"K2 {kernel} 1MB", "ns", Timed(ours, 4), peer, Timed(theirs, 4), Par);
    }

    /// <summary>What user search does: which of 100,000 names and addresses hold a word.</summary>
    private static void Users(Bench bench)
    {
        string[] users =
            [.. Enumerable.Range(0, 100_000).Select(static i => $"Person{i * 7919 % 100_003} Lastname{i % 977} person{i}@example.org")];
        byte[] packed = Encoding.UTF8.GetBytes(string.Concat(users));
        uint[] ends = new uint[users.Length];
        uint end = 0;
        for (int i = 0; i < users.Length; i++)
            ends[i] = end += (uint)users[i].Length;
        uint[] matches = new uint[1000];
        foreach (string needle in new[] { "nobody", "NAME976" })
        {
            byte[] bytes = Encoding.UTF8.GetBytes(needle);
            bench.Compare(
                $"K2 user search '{needle}'", "ns",
                Timed(() => s_sink = FindAll(packed, ends, bytes, matches), 1),
                "string.Contains", Timed(() => s_sink = users.Count(u => u.Contains(needle, StringComparison.OrdinalIgnoreCase)), 1),
                Bar.AtMost(0.2));
        }
    }

    private static int FindAll(byte[] packed, uint[] ends, byte[] needle, uint[] matches)
    {
        int found = 0;
        for (int next = 0; next < ends.Length;)
            found += Ours.FindRecords(packed, ends, needle, ignoreAsciiCase: true, ref next, matches);
        return found;
    }

    private static void Units(Bench bench, string shortText, string longText)
    {
        foreach ((string text, string size, int repeat) in new[] { (shortText, "4k", 200), (longText, "1M", 2) })
        {
            bench.Compare(
                $"K2 upper case {size}", "ns", Timed(() => s_text = Ours.ToUpper(text), repeat), "ToUpperInvariant",
                Timed(() => s_text = text.ToUpperInvariant(), repeat), Par);
            bench.Compare(
                $"K2 reverse {size}", "ns", Timed(() => s_text = Ours.Reverse(text), repeat), "Span.Reverse",
                Timed(() => s_text = Reversed(text), repeat), Par, "ours keeps clusters whole");
        }
    }

    private static string Reversed(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        source.CopyTo(span);
        span.Reverse();
    });

    private static void Bytes(Bench bench, byte[] ascii, byte[] accented)
    {
        bench.Compare(
            "K2 valid UTF-8, ASCII 1MB", "ns", Timed(() => s_sink = Ours.IsValidUtf8(ascii) ? 1 : 0, 4), "Utf8.IsValid",
            Timed(() => s_sink = Utf8.IsValid(ascii) ? 1 : 0, 4), Par);
        bench.Compare(
            "K2 valid UTF-8, accents 1MB", "ns", Timed(() => s_sink = Ours.IsValidUtf8(accented) ? 1 : 0, 4), "Utf8.IsValid",
            Timed(() => s_sink = Utf8.IsValid(accented) ? 1 : 0, 4), Par);
        bench.Compare(
            "K2 crc32c 1MB", "ns", Timed(() => s_sink = Ours.Crc32C(ascii), 4), "BitOperations.Crc32C",
            Timed(() => s_sink = Loop(ascii), 4), Par);

        static uint Loop(ReadOnlySpan<byte> data)
        {
            uint crc = ~0u;
            foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(data))
                crc = BitOperations.Crc32C(crc, word);
            return ~crc;
        }
    }

    private static string Prose(int length)
    {
        string[] words =
        [
            "the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "then", "there", "Is", "nothing", "left", "To", "say",
        ];
        var random = new Random(1);
        var text = new StringBuilder(length);
        while (text.Length < length)
            text.Append(words[random.Next(words.Length)]).Append(' ');
        return text.ToString(0, length);
    }
}
