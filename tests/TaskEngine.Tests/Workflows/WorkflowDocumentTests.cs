using System.Text;
using System.Text.Json;
using Gristmill.Engine.Tests.Tasks;

namespace Gristmill.Engine.Tests.Workflows;

/// <summary>The JSON form: whatever code defines can be written, read and run by whoever knows the kinds by name alone.</summary>
public sealed class WorkflowDocumentTests : IAsyncDisposable
{
    private readonly TaskEngine _engine = TaskEngine.Create(e => e.Workers(2).Kinds(TasksFromGristmillTaskEngine.Kinds));

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Chain_ReadBack_GivesTheSameJsonAndResult() => await RoundTripAsync(
        Workflow.Define("etl").Task("sum", MathTask.Add(1, 2, 3)).Then("double", sum => MathTask.Multiply(sum, 2)).Build());

    [Fact]
    public async Task FanOut_ReadBack_GivesTheSameJsonAndResult()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<long> ten = define.Task("ten", MathTask.Add(10));
        Output<long[]> list = define.ForEach("n", [1L, 2L, 3L], n => MathTask.Add(n));
        Output<long[]> scaled = define.ForEach("scaled", list, n => MathTask.Multiply(n, ten));
        await RoundTripAsync(define.Task("sum", MathTask.Add(scaled)).Build());
    }

    [Fact]
    public async Task FanOutOverAFanOut_ReadBack_GivesTheSameJsonAndResult()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<long[]> list = define.ForEach("n", [1L, 2L, 3L], n => MathTask.Add(n));
        Output<long[]> twice = define.ForEach("twice", list, n => MathTask.Multiply(n, 2));
        Output<long[]> squares = define.ForEach("square", twice, n => MathTask.Multiply(n, n));
        await RoundTripAsync(define.Build(squares));
    }

    [Fact]
    public async Task Fallbacks_ReadBack_GiveTheSameJsonAndResult()
    {
        WorkflowBuilder define = Workflow.Define("w").OnFailure(WorkflowFailurePolicy.FinishOthers);
        Output<long> bad = define.Task("bad", MathTask.Factorial(21));
        define.Fallback(bad, 5);
        Output<long[]> list = define.ForEach("n", [1L, 21L], n => MathTask.Add(n, bad));
        Output<long[]> factorials = define.ForEach("factorial", list, n => MathTask.Factorial(n));
        define.Fallback(factorials, [1, 2, 3]);
        Output<string> hash = define.Task("hash", StringTask.Hash("a", HashAlgorithm.Crc32c));
        define.Fallback(hash, "none");
        await RoundTripAsync(define.Task("sum", MathTask.Add(factorials), after: hash).Build());
    }

    [Fact]
    public void Value_ThatLooksLikeAReference_StaysAValue()
    {
        var request = new DocumentRequest("""{"map":{"$from":"elsewhere"},"list":[{"$value":1},{"$item":"$"}],"price":"$5"}""");
        string json = Workflow.Define("w").Task("a", request).Build().ToJson();

        WorkflowDocument document = WorkflowDocument.Parse(Encoding.UTF8.GetBytes(json));

        Assert.Empty(document.Tasks[0].DependsOn);
        Assert.Equal(request.Json, Encoding.UTF8.GetString(document.Tasks[0].BindInputs(new Dictionary<string, JsonElement>()).Single()));
        Assert.Equal(json, document.ToJson());
    }

    [Theory]
    [InlineData("$.sizes[1].width", "2")]
    [InlineData("$.sizes[*].width", "[1,2]")]
    [InlineData("$['content-type, it\\'s']", "\"text\"")]
    [InlineData("$", """{"sizes":[{"width":1},{"width":2}],"content-type, it's":"text"}""")]
    public void Path_IntoAnOutput_TakesThatPart(string path, string expected)
    {
        WorkflowDocument document = Parse($$"""{"$from":"a","path":{{JsonSerializer.Serialize(path)}}}""");
        using JsonDocument output = JsonDocument.Parse("""{"sizes":[{"width":1},{"width":2}],"content-type, it's":"text"}""");

        byte[] input = document.Tasks[1].BindInputs(new Dictionary<string, JsonElement> { ["a"] = output.RootElement }).Single();

        using JsonDocument bound = JsonDocument.Parse(input);
        using JsonDocument wanted = JsonDocument.Parse(expected);
        Assert.True(JsonElement.DeepEquals(wanted.RootElement, bound.RootElement.GetProperty("value")), Encoding.UTF8.GetString(input));
    }

    [Fact]
    public void Path_ThatLeadsNowhere_NamesItselfAndTheTask()
    {
        WorkflowDocument document = Parse("""{"$from":"a","path":"$.size.width"}""");
        using JsonDocument output = JsonDocument.Parse("""{"size":3}""");

        var fault = Assert.Throws<InvalidTaskInputException>(() => document.Tasks[1].BindInputs(new Dictionary<string, JsonElement> { ["a"] = output.RootElement }));

        Assert.Contains("there is no $.size.width in the output of 'a'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[]""", "A workflow is a JSON object.")]
    [InlineData("""{"name":"w","tasks":[]}""", "tasks must be an array of at least one task.")]
    [InlineData("""{"name":"w","tasks":[{"name":"a","kind":"k","input":{},"dependsOn":["b"]}]}""", "'a' waits for 'b', which is not defined.")]
    [InlineData("""{"name":"w","tasks":[{"name":"a","kind":"k","input":{"x":{"$from":"b"}}}]}""", "'a' waits for 'b', which is not defined.")]
    [InlineData("""{"name":"w","tasks":[{"name":"a","kind":"k","input":{}},{"name":"a","kind":"k","input":{}}]}""", "Two tasks are called 'a'.")]
    [InlineData("""{"name":"w","tasks":[{"name":"a","kind":"k","input":{},"dependsOn":["b"]},{"name":"b","kind":"k","input":{},"dependsOn":["a"]}]}""", "Tasks wait for each other: a → b → a.")]
    [InlineData("""{"name":"w","tasks":[{"name":"a","kind":"k","input":{"x":{"$item":"$"}}}]}""", "'a' takes an item, and does not run for each of a list: only a task with forEach has items.")]
    [InlineData("""{"name":"w","tasks":[{"name":"a","input":{}}]}""", "'a' names no kind.")]
    [InlineData("""{"name":"w","tasks":[{"name":"a","kind":"k","input":{},"retries":3}]}""", "tasks[0] has no 'retries'; known are: name, kind, forEach, input, dependsOn, fallback.")]
    [InlineData("""{"name":"w","onFailure":"panic","tasks":[{"name":"a","kind":"k","input":{}}]}""", "onFailure is \"panic\": use \"stopAll\" or \"finishOthers\".")]
    [InlineData("""{"name":"w","tasks":[{"name":"a","kind":"k","input":{}}],"result":{"$from":"b"}}""", "The result is made of 'b', which is not defined.")]
    [InlineData("""{"name":"w","tasks":[{"name":"a","kind":"k","input":{}}],"result":{"$from":"a","path":"result"}}""", "The result: \"result\" is no path; write one like \"$.result\", \"$.sizes[0].width\" or \"$[*].result\".")]
    public void Document_ThatIsNotSound_IsRefusedByName(string json, string fault) =>
        Assert.Contains(fault, Assert.Throws<WorkflowDefinitionException>(() => WorkflowDocument.Parse(Encoding.UTF8.GetBytes(json))).Faults);

    [Fact]
    public void Document_WithSeveralFaults_NamesAll()
    {
        var exception = Assert.Throws<WorkflowDefinitionException>(() => WorkflowDocument.Parse("""{"tasks":[{"name":"a","input":1}]}"""u8.ToArray()));

        Assert.Equal(3, exception.Faults.Length);
    }

    [Fact]
    public void Document_OfManyTasksInReverse_IsPutInOrder()
    {
        // Each waits for the next: what an ordering in rounds would take a quadratic time for.
        string tasks = string.Join(',', Enumerable.Range(0, WorkflowDocument.MaxTasks).Select(static i =>
            $$"""{"name":"{{i}}","kind":"k","input":{},"dependsOn":[{{(i + 1 < WorkflowDocument.MaxTasks ? $"\"{i + 1}\"" : "")}}]}"""));

        WorkflowDocument document = WorkflowDocument.Parse(Encoding.UTF8.GetBytes($$"""{"name":"w","tasks":[{{tasks}}]}"""));

        Assert.Equal("0", document.Tasks[^1].Name);
    }

    private static WorkflowDocument Parse(string reference) => WorkflowDocument.Parse(Encoding.UTF8.GetBytes(
        $$$"""{"name":"w","tasks":[{"name":"a","kind":"k","input":{}},{"name":"b","kind":"k","input":{"value":{{{reference}}}}}]}"""));

    private async Task RoundTripAsync<T>(Workflow<T> workflow)
    {
        string json = workflow.ToJson();
        WorkflowDocument document = WorkflowDocument.Parse(Encoding.UTF8.GetBytes(json));

        Assert.Equal(json, document.ToJson());
        T expected = await Within.Time(_engine.RunAsync(workflow), "the workflow as code");
        Assert.Equal(JsonSerializer.Serialize(expected), await RunAsync(document));
    }

    // As a runner does that has nothing but names and bytes; the order of tasks is one in which they can run.
    private async Task<string> RunAsync(WorkflowDocument document)
    {
        var outputs = new Dictionary<string, JsonElement>();
        foreach (WorkflowDocumentTask task in document.Tasks)
        {
            var results = new List<TaskRunResult>();
            foreach (byte[] input in task.BindInputs(outputs))
                results.Add(await Within.Time(_engine.RunAsync(task.Kind, new TaskPayload(input), TaskRunOptions.Default).AsTask(), task.Name));
            TaskRunResult? failed = results.FirstOrDefault(static result => result.State != TaskState.Succeeded);
            string[] texts = [.. results.Select(static result => Encoding.UTF8.GetString(result.Output.Span))];
            outputs[task.Name] = failed is null
                ? JsonElement.Parse(task.IsFanOut ? $"[{string.Join(',', texts)}]" : texts[0])
                : task.Fallback ?? throw new InvalidOperationException(failed.Error!.Message);
        }

        return Encoding.UTF8.GetString(document.ReadResult(outputs));
    }
}
