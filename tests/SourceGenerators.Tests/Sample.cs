using System.Buffers;
using System.Collections.Immutable;
using System.Reflection;
using System.Text;

namespace Gristmill.SourceGenerators.Tests;

/// <summary>A loaded sample assembly with its task kinds.</summary>
internal sealed class Sample(Assembly assembly)
{
    public Assembly Assembly { get; } = assembly;

    public ImmutableArray<TaskKind> Kinds { get; } =
        (ImmutableArray<TaskKind>)assembly.GetType("Gristmill.TasksFromSampleApp", throwOnError: true)!.GetProperty("Kinds")!.GetValue(null)!;

    public TaskKind Kind(string name) => Kinds.Single(k => k.Name == name);

    /// <summary>Runs a kind on JSON text and returns the JSON that it writes.</summary>
    public Task<string> RunAsync(string kind, string json, TaskContext? context = null) =>
        RunAsync(kind, new TaskPayload(Encoding.UTF8.GetBytes(json)), context);

    public async Task<string> RunAsync(string kind, TaskPayload payload, TaskContext? context = null)
    {
        var output = new ArrayBufferWriter<byte>();
        await Kind(kind).InvokeAsync(payload, output, context ?? new FakeTaskContext());
        Kind(kind).CheckInput(payload);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The refusal, which is the same when the input is only checked.</summary>
    public async Task<InvalidTaskInputException> RefuseAsync(string kind, string json)
    {
        var payload = new TaskPayload(Encoding.UTF8.GetBytes(json));
        InvalidTaskInputException checkedOnly = Assert.Throws<InvalidTaskInputException>(() => Kind(kind).CheckInput(payload));
        InvalidTaskInputException run = await Assert.ThrowsAsync<InvalidTaskInputException>(() => RunAsync(kind, payload, context: null));
        Assert.Equal(run.Message, checkedOnly.Message);
        return run;
    }

    /// <summary>Evaluates a parameterless static method of the sample's class <c>Probe</c>.</summary>
    public T Probe<T>(string method) =>
        (T)Assembly.GetType("Probe", throwOnError: true)!.GetMethod(method)!.Invoke(null, null)!;
}

internal sealed class FakeTaskContext(IServiceProvider? services = null) : TaskContext, IProgress<double>
{
    public List<double> Reports { get; } = [];

    public override TaskId Id { get; } = new(1);

    public override int Attempt => 1;

    public CancellationTokenSource Cancellation { get; } = new();

    public override CancellationToken CancellationToken => Cancellation.Token;

    public override IProgress<double> Progress => this;

    public override IServiceProvider Services { get; } = services ?? new NoServices();

    public void Report(double value) => Reports.Add(value);

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
