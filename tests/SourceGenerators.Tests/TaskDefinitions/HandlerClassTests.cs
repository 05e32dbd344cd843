using Microsoft.Extensions.DependencyInjection;

namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

public class HandlerClassTests
{
    private const string Store =
        """
        using Sample;
        using Microsoft.Extensions.DependencyInjection;

        public sealed class Store : IImageStore { public string Describe(string id) => $"<{id}>"; }

        /// <summary>Counts calls in a field.</summary>
        [TaskDefinition("counter")]
        public sealed partial class CounterHandler : ITaskHandler<int, int>
        {
            private int _sum;
            public ValueTask<int> HandleAsync(int input, TaskContext context) => new(Interlocked.Add(ref _sum, input));
        }

        [TaskDefinition("services")]
        public static partial class ServiceHandlers
        {
            [TaskOperation] public static string Describe(string id, [TaskService] IImageStore store, [TaskService] TimeProvider? time = null) =>
                store.Describe(id) + (time is null ? "" : "+time");
        }

        public static class Probe
        {
            public static IServiceProvider Services() =>
                new ServiceCollection().AddSingleton<IImageStore, Store>().AddTasksFromSampleApp().AddTasksFromSampleApp().BuildServiceProvider();

            public static IServiceProvider OnlyTheStore() => new ServiceCollection().AddSingleton<IImageStore, Store>().BuildServiceProvider();

            public static TaskRequest<ThumbnailResult> Request() => ThumbnailTask.Create(new("a", new(1, 2)) { Owner = Guid.Empty });
        }
        """;

    private const string Input =
        """{"source":"a","size":{"width":10},"fit":"fitInside","owner":"01234567-89ab-cdef-0123-456789abcdef","tags":["x","y"]}""";

    private static readonly Lazy<Sample> s_sample = new(static () => GeneratorHarness.Load(Samples.Thumbnail, Store));

    [Fact]
    public async Task Handler_Registered_GetsItsServices() => Assert.Equal(
        """{"description":"<a> FitInside - x+y","sizes":[{"width":10,"height":100}]}""",
        await s_sample.Value.RunAsync("image.thumbnail", Input, new FakeTaskContext(s_sample.Value.Probe<IServiceProvider>("Services"))));

    [Fact]
    public async Task Handler_NotRegistered_IsMadeFromTheServices() => Assert.StartsWith(
        """{"description":"<a>""",
        await s_sample.Value.RunAsync("image.thumbnail", Input, new FakeTaskContext(s_sample.Value.Probe<IServiceProvider>("OnlyTheStore"))),
        StringComparison.Ordinal);

    [Fact]
    public async Task Handler_ServiceMissing_SaysWhich()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => s_sample.Value.RunAsync("image.thumbnail", Input));

        Assert.Contains("image.thumbnail", error.Message, StringComparison.Ordinal);
        Assert.Contains("IImageStore", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handler_WithState_IsOneInstancePerProvider()
    {
        var context = new FakeTaskContext();

        Assert.Equal("""{"result":2}""", await s_sample.Value.RunAsync("counter", """{"input":2}""", context));
        Assert.Equal("""{"result":5}""", await s_sample.Value.RunAsync("counter", """{"input":3}""", context));
        Assert.Equal("""{"result":1}""", await s_sample.Value.RunAsync("counter", """{"input":1}""", new FakeTaskContext()));
    }

    [Fact]
    public async Task RecordInput_OptionalPropertyAbsent_KeepsItsInitializer() => Assert.Contains(
        "Cover - none",
        await s_sample.Value.RunAsync(
            "image.thumbnail",
            """{"source":"a","size":{"width":10},"owner":"01234567-89ab-cdef-0123-456789abcdef"}""",
            new FakeTaskContext(s_sample.Value.Probe<IServiceProvider>("Services"))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"size":{"width":10},"owner":"01234567-89ab-cdef-0123-456789abcdef"}""", "source")]
    [InlineData("""{"source":"a","size":{"width":10}}""", "owner")]
    [InlineData("""{"source":"a","size":{"height":10},"owner":"01234567-89ab-cdef-0123-456789abcdef"}""", "size.width")]
    public async Task RecordInput_RequiredMissing_IsNamed(string json, string field) =>
        Assert.Equal(field, Assert.Single((await s_sample.Value.RefuseAsync("image.thumbnail", json)).Fields).Key);

    [Fact]
    public async Task ServiceParameters_RequiredAndOptional_AreResolved() => Assert.Equal(
        """{"result":"<a>"}""",
        await s_sample.Value.RunAsync("services.describe", """{"id":"a"}""", new FakeTaskContext(s_sample.Value.Probe<IServiceProvider>("Services"))));

    [Fact]
    public void Registration_Twice_RegistersEachKindOnce()
    {
        string[] names = [.. s_sample.Value.Probe<IServiceProvider>("Services").GetServices<TaskKind>().Select(static k => k.Name).Order()];

        Assert.Equal(["counter", "image.thumbnail", "services.describe"], names);
    }
}
