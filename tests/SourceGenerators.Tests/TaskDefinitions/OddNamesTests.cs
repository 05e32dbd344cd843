namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

/// <summary>Names and types that could collide with the generated code, or that it could misspell. Warnings fail the compilation.</summary>
public class OddNamesTests
{
    private static readonly Lazy<Sample> s_sample = new(static () => GeneratorHarness.Load(
        """
        namespace Odd.Inner
        {
            public enum Mode { @default, IOError, URLPath, Same = IOError }
            public sealed record Page<T>(IReadOnlyList<T> Items, Page<T>? Next = null);
            public sealed record Value(string Json, int Made = 1) { public int Given { get; init; } = 2; public required long? ValueGiven { get; init; } }
            public readonly record struct Pair(int @int, int Left);
            public abstract record Base(int Id);
            public sealed record Derived(int Id, string Name) : Base(Id) { public int Twice => Id * 2; }

            public sealed record Hashes(string SHA256, string IPv4, string URLPath);

            // Types of the user that are called as those of the generated code.
            internal sealed class TaskKind;
            internal sealed class ValueTask;

            [TaskDefinition("odd")]
            internal static partial class OddHandlers
            {
                [TaskOperation] public static int Names(int json, int @event, int value, int context, int payload, int arguments, int output, int jsonValue, int jsonGiven, int _json) =>
                    json + @event + value + context + payload + arguments + output + jsonValue + jsonGiven + _json;
                [TaskOperation] public static string Read(string input) => input;
                [TaskOperation] internal static string Write(string result) => result;
                [TaskOperation] public static string Equals(string other, in int n) => other + n;
                [TaskOperation] public static Mode Modes(Mode mode = Mode.@default) => mode;
                [TaskOperation] public static Page<Pair> Pages(Page<Pair> page) => page;
                [TaskOperation] public static Value Records(Value value) => value;
                [TaskOperation] public static Value? Maybe(Value? value) => value;
                [TaskOperation] public static Derived Inherits(Derived derived) => derived;
                [TaskOperation] public static Task Nothing(string? note = "a\"b\n") => Task.CompletedTask;
                [TaskOperation] public static Hashes Digest(string text) => new(text, text, text);
                [TaskOperation] public static int Cases(int A, int a) => A - a;
                [TaskOperation] public static int Span(ReadOnlySpan<long> operands = default) => operands.Length;
                [TaskOperation] public static int List(IReadOnlyList<int>? items = null) => items?.Count ?? -1;
                [TaskOperation] public static int Loose(IProgress<double>? progress, TaskContext? context, CancellationToken? token = null) => token is null ? 0 : context!.Attempt;
                [TaskOperation] public static int Separated(string separator = "\u2028\u2029\u0085") => separator.Length;
                [TaskOperation] public static decimal Defaults(float f = 1.5f, double d = double.NaN, decimal m = 1.10m, long min = long.MinValue) => m + min;
            }
        }
        """,
        """
        [TaskDefinition("bare")]
        public sealed partial class @class : ITaskHandler<NoResult, NoResult>
        {
            public ValueTask<NoResult> HandleAsync(NoResult input, TaskContext context) => default;
        }

        [TaskDefinition("hidden")]
        public sealed partial class HiddenHandler : ITaskHandler<int, int>
        {
            ValueTask<int> ITaskHandler<int, int>.HandleAsync(int input, TaskContext context) => new(input);
        }
        """,
        """
        #nullable disable
        public sealed record Note(string Text = null);

        [TaskDefinition("oblivious")]
        public static partial class ObliviousHandlers
        {
            [TaskOperation] public static string Text(int n, string s = null, IReadOnlyList<int> list = null) => s ?? "none";
            [TaskOperation] public static string List(IReadOnlyList<int> list = null) => list is null ? "none" : "some";
            [TaskOperation] public static Note Record(Note note) => note;
        }
        """));

    [Theory]
    [InlineData("odd.names", """{"json":1,"event":2,"value":3,"context":4,"payload":5,"arguments":6,"output":7,"jsonValue":8,"jsonGiven":9,"_json":10}""", """{"result":55}""")]
    [InlineData("odd.read", """{"input":"a"}""", """{"result":"a"}""")]
    [InlineData("odd.write", """{"result":"a"}""", """{"result":"a"}""")]
    [InlineData("odd.equals", """{"other":"a","n":1}""", """{"result":"a1"}""")]
    [InlineData("odd.modes", "{}", """{"result":"default"}""")]
    [InlineData("odd.modes", """{"mode":"urlPath"}""", """{"result":"urlPath"}""")]
    [InlineData("odd.modes", """{"mode":"same"}""", """{"result":"ioError"}""")]
    [InlineData("odd.pages", """{"page":{"items":[{"int":1,"left":2}],"next":{"items":[]}}}""", """{"items":[{"int":1,"left":2}],"next":{"items":[],"next":null}}""")]
    [InlineData("odd.records", """{"value":{"json":"x","valueGiven":null}}""", """{"json":"x","made":1,"given":2,"valueGiven":null}""")]
    [InlineData("odd.maybe", """{"value":null}""", """{"result":null}""")]
    [InlineData("odd.inherits", """{"derived":{"id":1,"name":"n"}}""", """{"id":1,"name":"n"}""")]
    [InlineData("odd.nothing", "{}", "{}")]
    [InlineData("odd.defaults", """{"min":1}""", """{"result":2.10}""")]
    [InlineData("odd.digest", """{"text":"a"}""", """{"sha256":"a","iPv4":"a","urlPath":"a"}""")]
    [InlineData("odd.cases", """{"A":5,"a":2}""", """{"result":3}""")]
    [InlineData("odd.span", "{}", """{"result":0}""")]
    [InlineData("odd.list", "{}", """{"result":-1}""")]
    [InlineData("odd.loose", "{}", """{"result":1}""")]
    [InlineData("odd.separated", "{}", """{"result":3}""")]
    [InlineData("hidden", """{"input":1}""", """{"result":1}""")]
    [InlineData("oblivious.text", """{"n":1}""", """{"result":"none"}""")]
    [InlineData("oblivious.list", "{}", """{"result":"none"}""")]
    [InlineData("oblivious.record", """{"note":{}}""", """{"text":null}""")]
    [InlineData("bare", "{}", "{}")]
    public async Task Kind_Run_ReadsAndWrites(string kind, string input, string output) =>
        Assert.Equal(output, await s_sample.Value.RunAsync(kind, input));
}
