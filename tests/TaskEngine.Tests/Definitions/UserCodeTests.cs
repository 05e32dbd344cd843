using System.Text;
using Gristmill;
using Gristmill.Engine.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace Photos;

/// <summary>The way from an attribute to a running task, with nothing but what a user writes.</summary>
public sealed class UserCodeTests : IImageStore
{
    [Fact]
    public async Task Definitions_OfAUser_RunTypedByNameAndInWorkflows()
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton<IImageStore>(this)
            .AddTaskEngine(options => options.Workers = 2)
            .AddTasksFromGristmillTaskEngineTests()
            .BuildServiceProvider();
        TaskEngine engine = services.GetRequiredService<TaskEngine>();

        long six = await Within.Time(engine.RunAsync(MathTask.Add(1, 2, 3)), "the sum");
        ThumbnailResult made = await Within.Time(engine.RunAsync(ThumbnailTask.Create(new ThumbnailRequest("cat", 64))), "the thumbnail");
        Workflow<long> workflow = Workflow.Define("etl").Task("sum", MathTask.Add(1, 2, 3)).Then("double", sum => MathTask.Multiply(sum, 2)).Build();

        Assert.Equal(6, six);
        Assert.Equal(new ThumbnailResult(3, 64), made);
        Assert.Equal(12, await Within.Time(engine.RunAsync(workflow), "the workflow"));
        Assert.Equal("""{"bytes":3,"width":128}""", await ByNameAsync("image.thumbnail", """{"source":"cat"}"""));
        Assert.Equal("""{"result":24}""", await ByNameAsync("math.factorial", """{"n":4}"""));
        Assert.True(engine.Kinds.TryGet("image.thumbnail", out TaskKind? kind));
        Assert.Equal((5, "images"), (kind.MaxAttempts, kind.Queue));
        Assert.True(engine.Kinds.TryGet("math.add", out TaskKind? add));
        Assert.Equal("Adds 64-bit integers; overflow is an error.", add.Description);
        Assert.Contains("\"operands\"", add.InputSchema, StringComparison.Ordinal);

        async Task<string> ByNameAsync(string name, string input)
        {
            TaskRunResult result = await Within.Time(
                engine.RunAsync(name, new TaskPayload(Encoding.UTF8.GetBytes(input)), TaskRunOptions.Default, TestContext.Current.CancellationToken), name);
            Assert.True(result.State == TaskState.Succeeded, result.Error?.Message);
            return Encoding.UTF8.GetString(result.Output.Span);
        }
    }

    ValueTask<byte[]> IImageStore.ReadAsync(string id, CancellationToken cancellationToken) => new(Encoding.UTF8.GetBytes(id));
}
