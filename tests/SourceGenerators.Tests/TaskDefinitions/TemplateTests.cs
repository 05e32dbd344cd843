namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

/// <summary>The factories that take outputs of other tasks, for every form of parameter.</summary>
public class TemplateTests
{
    private static readonly Lazy<Sample> s_sample = new(static () => GeneratorHarness.Load(Samples.Math, Samples.Strings, Samples.Thumbnail,
        """
        using Sample;

        public sealed record Hashes(string SHA256, string IPv4, string URLPath);

        [TaskDefinition("forms")]
        public static partial class FormsHandlers
        {
            [TaskOperation] public static string Join(IReadOnlyList<string> parts, string? last = null, byte times = 2) =>
                string.Concat(Enumerable.Repeat(string.Join('-', parts) + last, times));
            [TaskOperation] public static int Count(Dictionary<string, int> map, int? extra) => map.Count + (extra ?? 0);
            [TaskOperation] public static Hashes Digest(string text) => new(text, text, text);
            [TaskOperation] public static string Three(string a, string b, string c) => a + b + c;
            [TaskOperation] public static string[] Split(string text) => text.Split(' ');
            [TaskOperation] public static ThumbnailRequest Order(string source) => new(source, new(10, 20)) { Owner = Guid.Empty };
        }

        public static class Probe
        {
            public static Workflow<string> Strings()
            {
                WorkflowBuilder define = Workflow.Define("strings");
                Output<string[]> parts = define.Task("parts", FormsTask.Split("a b"));
                Output<string> last = define.Task("last", StringTask.Reverse("dc"));
                return define.Task("join", FormsTask.Join(parts.Cast<IReadOnlyList<string>>(), last)).Build();
            }

            public static Workflow<int> Values()
            {
                WorkflowBuilder define = Workflow.Define("values");
                Output<int> one = define.Task("one", FormsTask.Count(new Dictionary<string, int> { ["a"] = 1 }, null));
                return define.Task("two", FormsTask.Count(new Dictionary<string, int> { ["b"] = 2 }, one)).Build();
            }

            public static Workflow<string> Members()
            {
                WorkflowBuilder define = Workflow.Define("members");
                Output<Hashes> digest = define.Task("digest", FormsTask.Digest("x"));
                return define.Task("three", FormsTask.Three(digest.Get(d => d.SHA256), digest.Get(d => d.IPv4), digest.Get(d => d.URLPath))).Build();
            }

            public static Workflow<string> Records()
            {
                WorkflowBuilder define = Workflow.Define("records");
                Output<ThumbnailRequest> order = define.Task("order", FormsTask.Order("cat"));
                Output<ThumbnailResult> made = define.Task("made", ThumbnailTask.Create(order));
                return define.Task("text", StringTask.Reverse(made.Get(m => m.Description))).Build();
            }
        }
        """));

    [Theory]
    [InlineData("Strings", """{"parts":{"$from":"parts","path":"$.result"},"last":{"$from":"last","path":"$.output"}}""")]
    [InlineData("Values", """{"map":{"b":2},"extra":{"$from":"one","path":"$.result"}}""")]
    [InlineData("Records", """{"input":{"$from":"made","path":"$.description"}}""")]
    [InlineData("Members", """{"a":{"$from":"digest","path":"$.sha256"},"b":{"$from":"digest","path":"$.iPv4"},"c":{"$from":"digest","path":"$.urlPath"}}""")]
    public void Template_AsJson_HasReferencesInPlaceOfValues(string probe, string input) => Assert.Contains(
        $",\"input\":{input},\"dependsOn\":", s_sample.Value.Probe<Workflow>(probe).ToJson(), StringComparison.Ordinal);

    [Fact]
    public void Template_OfARecordInput_IsTheReferenceItself() => Assert.Contains(
        """{"name":"made","kind":"image.thumbnail","input":{"$from":"order","path":"$"},"dependsOn":["order"]}""",
        s_sample.Value.Probe<Workflow>("Records").ToJson(),
        StringComparison.Ordinal);

    [Fact]
    public async Task Template_Bound_RunsWithTheOutputs()
    {
        Assert.Equal("a-bcda-bcd", await RunAsync(s_sample.Value.Probe<Workflow<string>>("Strings")));
        Assert.Equal(2, await RunAsync(s_sample.Value.Probe<Workflow<int>>("Values")));
    }

    // The order of tasks is an order in which they can run.
    private static async Task<T> RunAsync<T>(Workflow<T> workflow)
    {
        var results = new Dictionary<string, object?>();
        foreach (WorkflowTask task in workflow.Tasks)
            results.Add(task.Name, await task.RunAsync(new DirectExecutor(), new WorkflowValues(results), TestContext.Current.CancellationToken));
        return workflow.ReadResult(new WorkflowValues(results));
    }

    private sealed class DirectExecutor : ITaskExecutor
    {
        public ValueTask<TResult> RunAsync<TResult>(TaskRequest<TResult> request, CancellationToken cancellationToken = default) =>
            request.InvokeAsync(new FakeTaskContext());
    }
}
