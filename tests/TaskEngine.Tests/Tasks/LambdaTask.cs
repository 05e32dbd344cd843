using System.Buffers;
using System.Text.Json;

namespace Gristmill.Engine.Tests.Tasks;

/// <summary>A task kind and its request made of a delegate; encoded input and output are JSON numbers.</summary>
internal sealed class LambdaKind(string name, Func<long, TaskContext, ValueTask<long>> handler, TimeSpan? timeout = null) : TaskKind
{
    public override TimeSpan Timeout => timeout ?? base.Timeout;

    public override string Name => name;

    public override string Description => "A kind made for a test.";

    public override string InputSchema => """{"type":"integer"}""";

    public override string OutputSchema => """{"type":"integer"}""";

    public ValueTask<long> HandleAsync(long input, TaskContext context) => handler(input, context);

    public override async ValueTask InvokeAsync(TaskPayload input, IBufferWriter<byte> output, TaskContext context)
    {
        long value;
        try
        {
            value = JsonSerializer.Deserialize<long>(input.Bytes.Span);
        }
        catch (JsonException exception)
        {
            throw new InvalidTaskInputException("input", exception.Message);
        }

        long result = await handler(value, context);
        await using var writer = new Utf8JsonWriter(output);
        writer.WriteNumberValue(result);
    }
}

internal sealed class LambdaRequest(LambdaKind kind, long input) : TaskRequest<long>
{
    public LambdaRequest(Func<TaskContext, ValueTask<long>> handler)
        : this(new LambdaKind("test.lambda", (_, context) => handler(context)), 0)
    {
    }

    public override TaskKind Kind => kind;

    public override ValueTask<long> InvokeAsync(TaskContext context) => kind.HandleAsync(input, context);

    public override void WriteInput(IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output);
        writer.WriteNumberValue(input);
    }

    public override void WriteOutput(Utf8JsonWriter json, long result) => json.WriteNumberValue(result);

    public override long ReadOutput(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<long>(json);
}

/// <summary>A request whose input is the given JSON; for tests of how requests travel.</summary>
internal sealed class DocumentRequest(string json) : TaskRequest<long>
{
    public string Json => json;

    public override TaskKind Kind { get; } = new LambdaKind("test.document", static (_, _) => new(0));

    public override ValueTask<long> InvokeAsync(TaskContext context) => new(0);

    public override void WriteInput(IBufferWriter<byte> output) => output.Write(System.Text.Encoding.UTF8.GetBytes(json));

    public override void WriteOutput(Utf8JsonWriter json, long result) => json.WriteNumberValue(result);

    public override long ReadOutput(ReadOnlySpan<byte> json) => 0;
}
