using System.Text;

namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

/// <summary>Whatever the bytes, a kind runs or refuses them with an error that names the field.</summary>
public class StrictInputTests
{
    private static readonly Lazy<Sample> s_sample = new(static () => GeneratorHarness.Load(
        Samples.Math,
        Samples.Strings,
        """
        public sealed record Point(int X, int Y);
        public sealed record Tree(string Name, IReadOnlyList<Tree>? Children = null);

        [TaskDefinition("odd")]
        public static partial class OddHandlers
        {
            [TaskOperation]
            public static string Types(
                bool flag, byte small, int number, ulong big, float single, double real, decimal money, string text, Guid id, DateTimeOffset time,
                TimeSpan span, byte[] bytes, int[] numbers, Point point, int? maybe, string? note, int def = 5) =>
                FormattableString.Invariant(
                    $"{flag} {small} {number} {big} {single} {real} {money} {text} {id} {time:O} {span.TotalSeconds} {bytes.Length} {string.Join('+', numbers)} {point.X} {maybe} {note} {def}");

            [TaskOperation] public static int Depth(Tree tree) => 1 + (tree.Children is null ? 0 : tree.Children.Select(Depth).DefaultIfEmpty().Max());

            [TaskOperation] public static TimeSpan Duration(TimeSpan span) => span;

            [TaskOperation] public static void Nothing() { }
        }
        """));

    private static readonly Dictionary<string, string> s_good = new()
    {
        ["flag"] = "true",
        ["small"] = "255",
        ["number"] = "-7",
        ["big"] = "18446744073709551615",
        ["single"] = "1.5",
        ["real"] = "-2.5e3",
        ["money"] = "12.34",
        ["text"] = "\"t\\u00e9xt\"",
        ["id"] = "\"01234567-89ab-cdef-0123-456789abcdef\"",
        ["time"] = "\"2026-01-31T12:00:00.5+02:00\"",
        ["span"] = "1.5",
        ["bytes"] = "\"AQID\"",
        ["numbers"] = "[1,2]",
        ["point"] = "{\"x\":3,\"y\":4}",
    };

    [Fact]
    public async Task EveryType_GoodInput_Arrives()
    {
        string output = await s_sample.Value.RunAsync("odd.types", Object(s_good));

        Assert.Equal(
            """{"result":"True 255 -7 18446744073709551615 1.5 -2500 12.34 téxt 01234567-89ab-cdef-0123-456789abcdef """
            + """2026-01-31T12:00:00.5000000+02:00 1.5 3 1+2 3   5"}""",
            output);
    }

    [Theory]
    [InlineData("""{"operands":[1],"extra":1}""", "extra", "known are: operands")]
    [InlineData("""{"operands":[1],"operands":[1]}""", "operands", "given twice")]
    [InlineData("""{"operands":[1],"op\u0065rands":[1]}""", "op\\u0065rands", "given twice")]
    [InlineData("""{}""", "operands", "is required")]
    [InlineData("", "operands", "is required")]
    [InlineData("""{"operands":null}""", "operands", "must be an array, and not null")]
    [InlineData("""{"operands":"1"}""", "operands", "must be an array, and not a string")]
    [InlineData("""{"operands":[1,2,"x"]}""", "operands[2]", "not a string")]
    [InlineData("""{"operands":[9223372036854775808]}""", "operands[0]", "a whole number from -9223372036854775808 to 9223372036854775807")]
    [InlineData("""{"operands":[1e400]}""", "operands[0]", "whole number")]
    [InlineData("""{"operands":[1.5]}""", "operands[0]", "whole number")]
    [InlineData("""{"operands":[1]}x""", "$", "followed by more text")]
    [InlineData("""{"operands":[1]}{}""", "$", "followed by more text")]
    [InlineData("""{"operands":[1""", "operands", "malformed JSON")]
    [InlineData("""{"operands":[01]}""", "operands", "malformed JSON")]
    [InlineData("""{"operands":[1],}""", "operands", "malformed JSON")]
    [InlineData("""{"operands":[1]/*c*/}""", "operands", "malformed JSON")]
    [InlineData("[1]", "$", "must be an object, and not an array")]
    [InlineData("null", "$", "must be an object, and not null")]
    [InlineData("nul", "$", "malformed JSON")]
    [InlineData("   ", "$", "malformed JSON")]
    [InlineData("""{"\ud800":1}""", "\\ud800", "not valid text")]
    public async Task NumbersKind_BadInput_NamesFieldAndReason(string json, string field, string reason)
    {
        InvalidTaskInputException refusal = await s_sample.Value.RefuseAsync("math.add", json);

        (string name, string text) = Assert.Single(refusal.Fields);
        Assert.Equal(field, name);
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.False(refusal.IsTransient);
    }

    [Theory]
    [InlineData("flag", "1", "true or false, and not a number")]
    [InlineData("small", "256", "from 0 to 255")]
    [InlineData("number", "2147483648", "from -2147483648 to 2147483647")]
    [InlineData("big", "-1", "from 0 to 18446744073709551615")]
    [InlineData("single", "1e39", "single precision")]
    [InlineData("real", "1e400", "a finite number")]
    [InlineData("real", "\"NaN\"", "not a string")]
    [InlineData("money", "1e29", "at most 28 digits")]
    [InlineData("text", "\"\\ud800\"", "half a surrogate pair")]
    [InlineData("text", "\"\\udc00x\"", "half a surrogate pair")]
    [InlineData("text", "null", "not null")]
    [InlineData("id", "\"0123\"", "a GUID")]
    [InlineData("id", "\"\\ud800\"", "half a surrogate pair")]
    [InlineData("time", "\"2026-01-31T12:00:00\"", "such as 2026-01-31T12:00:00Z")]
    [InlineData("time", "\"2026-02-30T12:00:00Z\"", "such as")]
    [InlineData("span", "\"soon\"", "a duration")]
    [InlineData("span", "1e30", "a duration")]
    [InlineData("bytes", "\"A\"", "base 64")]
    [InlineData("bytes", "\"\\ud800\"", "half a surrogate pair")]
    [InlineData("numbers", "[1,[2]]", "not an array")]
    [InlineData("point", "{\"x\":1}", "is required")]
    [InlineData("point", "{\"x\":1,\"y\":2,\"z\":3}", "known are: x, y")]
    [InlineData("def", "null", "not null")]
    public async Task EachType_WrongValue_IsRefused(string field, string value, string reason)
    {
        string json = Object(new Dictionary<string, string>(s_good) { [field] = value });

        InvalidTaskInputException refusal = await s_sample.Value.RefuseAsync("odd.types", json);

        (string name, string text) = Assert.Single(refusal.Fields);
        Assert.StartsWith(field, name, StringComparison.Ordinal);
        Assert.Contains(reason, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("30", 30)]
    [InlineData("0.5", 0.5)]
    [InlineData("\"30s\"", 30)]
    [InlineData("\"1h30m\"", 5400)]
    [InlineData("\"250ms\"", 0.25)]
    [InlineData("\"PT1M0.5S\"", 60.5)]
    [InlineData("\"P1DT1H\"", 90000)]
    public async Task Duration_EachForm_IsRead(string json, double seconds) => Assert.Equal(
        FormattableString.Invariant($"{{\"result\":{seconds}}}"),
        (await s_sample.Value.RunAsync("odd.duration", $"{{\"span\":{json}}}")).Replace(".50", ".5", StringComparison.Ordinal));

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"30 s\"")]
    [InlineData("\"m\"")]
    [InlineData("\"5s5m\"")]
    [InlineData("\"-5s\"")]
    [InlineData("\"PT\"")]
    [InlineData("\"P\"")]
    [InlineData("\"P1M\"")]
    [InlineData("\"PT5\"")]
    [InlineData("\"99999999999999999999d\"")]
    [InlineData("\"1.s\"")]
    public async Task Duration_NoDuration_IsRefused(string json) =>
        Assert.Equal("span", Assert.Single((await s_sample.Value.RefuseAsync("odd.duration", $"{{\"span\":{json}}}")).Fields).Key);

    [Fact]
    public async Task Nesting_DeeperThanTheLimit_IsRefused()
    {
        string deep = string.Concat(Enumerable.Repeat("{\"name\":\"n\",\"children\":[", 100_000));

        InvalidTaskInputException refusal = await s_sample.Value.RefuseAsync("odd.depth", "{\"tree\":" + deep);

        string field = Assert.Single(refusal.Fields).Key;
        Assert.StartsWith("tree.children[0].children[0]", field, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nesting_RecursiveRecord_IsRead() => Assert.Equal(
        """{"result":2}""",
        await s_sample.Value.RunAsync("odd.depth", """{"tree":{"name":"a","children":[{"name":"b"},{"name":"c","children":[]}]}}"""));

    [Fact]
    public async Task Bytes_BrokenUtf8_IsRefused()
    {
        byte[] json = [.. "{\"input\":\""u8, 0xC3, 0x28, .. "\"}"u8];

        var refusal = await Assert.ThrowsAsync<InvalidTaskInputException>(
            () => s_sample.Value.RunAsync("string.reverse", new TaskPayload(json)));

        Assert.Equal("input", Assert.Single(refusal.Fields).Key);
    }

    [Fact]
    public async Task Name_HostileLength_IsCutInTheMessage()
    {
        InvalidTaskInputException refusal = await s_sample.Value.RefuseAsync("math.add", $"{{\"{new string('x', 100_000)}\":1}}");

        Assert.True(refusal.Message.Length < 200, refusal.Message);
    }

    [Fact]
    public async Task RandomDamage_ToGoodInput_NeverThrowsAnythingElse()
    {
        const int Seed = 20_260_731;
        var random = new Random(Seed);
        byte[] good = Encoding.UTF8.GetBytes(Object(s_good));
        for (int i = 0; i < 5_000; i++)
        {
            byte[] bad = [.. good];
            for (int hits = random.Next(1, 4); hits > 0; hits--)
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            int length = random.Next(4) == 0 ? random.Next(bad.Length) : bad.Length;
            try
            {
                await s_sample.Value.RunAsync("odd.types", new TaskPayload(bad.AsMemory(0, length)));
            }
            catch (InvalidTaskInputException e)
            {
                Assert.NotEmpty(e.Fields);
            }
        }
    }

    [Fact]
    public async Task NoParameters_EmptyObject_Runs() => Assert.Equal("{}", await s_sample.Value.RunAsync("odd.nothing", "{}"));

    [Theory]
    [InlineData("sha256", "Sha256:a")]
    [InlineData("crc32c", "Crc32c:a")]
    public async Task Enum_CamelCaseName_IsRead(string name, string expected) => Assert.Equal(
        $$"""{"output":"{{expected}}"}""",
        await s_sample.Value.RunAsync("string.hash", $$"""{"input":"a","algorithm":"{{name}}"}"""));

    [Theory]
    [InlineData("\"SHA256\"")]
    [InlineData("\"md5\"")]
    [InlineData("1")]
    public async Task Enum_AnythingElse_IsRefused(string value)
    {
        InvalidTaskInputException refusal = await s_sample.Value.RefuseAsync("string.hash", $$"""{"input":"a","algorithm":{{value}}}""");

        Assert.Equal("algorithm", Assert.Single(refusal.Fields).Key);
    }

    private static string Object(Dictionary<string, string> members) =>
        $"{{{string.Join(',', members.Select(static m => $"\"{m.Key}\":{m.Value}"))}}}";
}
