using System.Text.Json;

namespace Gristmill.Engine.Tests.Workflows;

public class WorkflowDefinitionTests
{
    [Fact]
    public void Json_OfAChain_IsTheBodyOfPostWorkflows()
    {
        Workflow<string> workflow = Workflow.Define("etl")
            .Task("sum", MathTask.Add(1, 2, 3))
            .Then("double", sum => MathTask.Multiply(sum, 2))
            .Task("hash", StringTask.Hash("a", HashAlgorithm.Crc32c))
            .Then("loud", hash => StringTask.Uppercase(hash))
            .Build();

        Assert.Equal(
            """
            {"name":"etl","tasks":[
            {"name":"sum","kind":"math.add","input":{"operands":[1,2,3]},"dependsOn":[]},
            {"name":"double","kind":"math.multiply","input":{"operands":[{"$from":"sum","path":"$.result"},2]},"dependsOn":["sum"]},
            {"name":"hash","kind":"string.hash","input":{"input":"a","algorithm":"crc32c"},"dependsOn":[]},
            {"name":"loud","kind":"string.uppercase","input":{"input":{"$from":"hash","path":"$.output"}},"dependsOn":["hash"]}],
            "result":{"$from":"loud","path":"$.output"}}
            """.ReplaceLineEndings(""),
            workflow.ToJson());
    }

    [Fact]
    public void Json_OfAFanOutOverValues_ListsItsTasks()
    {
        WorkflowBuilder define = Workflow.Define("squares");
        Output<long[]> squares = define.ForEach("square", [2L, 3L], n => MathTask.Multiply(n, n));
        using JsonDocument json = JsonDocument.Parse(define.Task("sum", MathTask.Add(squares)).Build().ToJson());

        JsonElement sum = json.RootElement.GetProperty("tasks")[2];
        Assert.Equal(
            """{"operands":[{"$from":"square.0","path":"$.result"},{"$from":"square.1","path":"$.result"}]}""",
            sum.GetProperty("input").GetRawText());
    }

    [Fact]
    public void Json_OfAFanOutWithFallbackAndPolicy_SaysAllOfThem()
    {
        WorkflowBuilder define = Workflow.Define("w").OnFailure(WorkflowFailurePolicy.FinishOthers);
        Output<long[]> list = define.ForEach("n", [1L, 2L], n => MathTask.Add(n));
        Output<long[]> twice = define.ForEach("twice", list, n => MathTask.Multiply(n, 2));
        define.Fallback(twice, [7, 8]);

        Assert.Equal(
            """
            {"name":"w","onFailure":"finishOthers","tasks":[
            {"name":"n.0","kind":"math.add","input":{"operands":[1]},"dependsOn":[]},
            {"name":"n.1","kind":"math.add","input":{"operands":[2]},"dependsOn":[]},
            {"name":"twice","kind":"math.multiply","forEach":[{"$from":"n.0","path":"$.result"},{"$from":"n.1","path":"$.result"}],
            "input":{"operands":[{"$item":"$"},2]},"dependsOn":["n.0","n.1"],"fallback":[{"result":7},{"result":8}]},
            {"name":"sum","kind":"math.add","input":{"operands":{"$from":"twice","path":"$[*].result"}},"dependsOn":["twice"]}],
            "result":{"$from":"sum","path":"$.result"}}
            """.ReplaceLineEndings(""),
            define.Task("sum", MathTask.Add(twice)).Build().ToJson());
    }

    [Fact]
    public void Build_AnItemOutsideItsFanOut_IsAFault()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<long[]> list = define.ForEach("n", [1L], n => MathTask.Add(n));
        Output<long>? leaked = null;
        define.ForEach("twice", list, n => MathTask.Multiply(leaked = n, 2));

        var fault = Assert.Throws<WorkflowDefinitionException>(define.Task("sum", MathTask.Add(leaked!)).Build);

        Assert.Contains("'sum' takes the item of 'twice', which is known only inside it.", fault.Faults);
    }

    [Fact]
    public void Get_OfWhatIsNotInTheOutput_IsRefused()
    {
        Output<string> text = Workflow.Define("w").Task("text", StringTask.Reverse("abc"));

        Assert.Contains("Length", Assert.Throws<ArgumentException>(() => text.Get(t => t.Length)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_TasksThatWaitForEachOther_NamesTheCycle()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<long> later = define.Reference<long>("c");
        Output<long> a = define.Task("a", MathTask.Add(later, 1));
        Output<long> b = define.Task("b", MathTask.Add(a, 1));
        Output<long> c = define.Task("c", MathTask.Add(b, 1));

        var fault = Assert.Throws<WorkflowDefinitionException>(c.Build);

        Assert.Contains("a → c → b → a", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_SeveralFaults_NamesEachOfThem()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<string> text = define.Task("text", StringTask.Reverse("a"));
        Output<long> stranger = Workflow.Define("other").Task("x", MathTask.Add(1));
        define.Task("typed", MathTask.Add(define.Reference<long>("text")));
        define.Task("unknown", StringTask.Reverse(define.Reference<string>("txet")));
        define.Task("foreign", MathTask.Add(stranger));

        var fault = Assert.Throws<WorkflowDefinitionException>(text.Build);

        Assert.Contains("'typed' takes System.Int64 from 'text', which gives System.String.", fault.Faults);
        Assert.Contains("'unknown' waits for 'txet', which is not defined.", fault.Faults);
        Assert.Contains("'foreign' takes the output 'x' of another workflow.", fault.Faults);
    }

    [Fact]
    public void Build_AReferenceOfTheWrongType_IsAFaultAlsoBehindAPart()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<long> number = define.Task("number", MathTask.Add(1));
        define.Task("member", StringTask.Reverse(define.Reference<Named>("number").Get(named => named.Text)));
        define.Task("cast", StringTask.Reverse(define.Reference<string>("number").Cast<string>()));

        var fault = Assert.Throws<WorkflowDefinitionException>(number.Build);

        Assert.Contains($"'member' takes {typeof(Named)} from 'number', which gives System.Int64.", fault.Faults);
        Assert.Contains("'cast' takes System.String from 'number', which gives System.Int64.", fault.Faults);
    }

    [Fact]
    public void Build_WaitingForWhatIsNotOfTheWorkflow_IsAFault()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<long> stranger = Workflow.Define("other").Task("first", MathTask.Add(1));
        Output<long[]> list = define.ForEach("first", [1L], n => MathTask.Add(n));
        Output<long>? item = null;
        define.ForEach("twice", list, n => MathTask.Multiply(item = n, 2));
        define.Task("foreign", MathTask.Add(1), after: stranger);

        var fault = Assert.Throws<WorkflowDefinitionException>(define.Task("inside", MathTask.Add(1), after: item!).Build);

        Assert.Contains("'foreign' takes the output 'first' of another workflow.", fault.Faults);
        Assert.Contains("'inside' takes the item of 'twice', which is known only inside it.", fault.Faults);
    }

    [Fact]
    public void Fallback_OfAnotherTypeOrWorkflow_IsRefusedAtOnce()
    {
        WorkflowBuilder define = Workflow.Define("w");
        define.Task("a", MathTask.Add(1));
        Output<long> stranger = Workflow.Define("other").Task("a", MathTask.Add(1));

        Assert.Contains("System.Int64", Assert.Throws<WorkflowDefinitionException>(() => define.Fallback(define.Reference<string>("a"), "")).Message, StringComparison.Ordinal);
        Assert.Contains("another workflow", Assert.Throws<WorkflowDefinitionException>(() => define.Fallback(stranger, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Policy_ThatDoesNotExist_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Workflow.Define("w").OnFailure((WorkflowFailurePolicy)7));

    [Fact]
    public void Task_NameTakenOrNone_IsRefusedAtOnce()
    {
        WorkflowBuilder define = Workflow.Define("w");
        define.Task("a", MathTask.Add(1));

        Assert.Throws<WorkflowDefinitionException>(() => define.Task("a", MathTask.Add(2)));
        Assert.Throws<WorkflowDefinitionException>(() => define.Task("", MathTask.Add(2)));
    }

    [Fact]
    public void Builder_OnceBuilt_TakesNothingMore()
    {
        WorkflowBuilder define = Workflow.Define("w");
        define.Task("a", MathTask.Add(1)).Build();

        Assert.Throws<InvalidOperationException>(() => define.Task("b", MathTask.Add(1)));
    }

    private sealed record Named(string Text);
}
