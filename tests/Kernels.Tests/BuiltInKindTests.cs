using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Gristmill.KernelTests;

/// <summary>Built-in kinds, from JSON to JSON.</summary>
public sealed class BuiltInKindTests : IAsyncLifetime
{
    private readonly TaskEngine _engine = TaskEngine.Create(static e => e.Workers(2).Kinds(
        [.. MathTask.Kinds, .. StringTask.Kinds, .. VectorTask.Kinds, .. MatrixTask.Kinds, .. SortTask.Kinds, .. PrimesTask.Kinds,
            .. TextTask.Kinds, .. FractalTask.Kinds, .. IntegersTask.Kinds]));

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Theory]
    [InlineData("math.add", """{"operands":[1,2,3]}""", """{"result":6}""")]
    [InlineData("math.factorial", """{"operands":[20]}""", """{"result":2432902008176640000}""")]
    [InlineData("string.reverse", """{"input":"añb"}""", """{"output":"bña"}""")]
    [InlineData("string.hash", """{"input":"abc"}""", """{"output":"44bc2cf5ad770999"}""")]
    [InlineData("string.hash", """{"input":"abc","algorithm":"crc32c"}""", """{"output":"364b3fb7"}""")]
    [InlineData("vector.sum", """{"operands":[1,2.5]}""", """{"result":3.5}""")]
    [InlineData("vector.dot", """{"a":[1,2],"b":[3,4]}""", """{"result":11}""")]
    [InlineData("vector.axpy", """{"factor":2,"x":[1,2],"y":[3,4]}""", """{"result":[5,8]}""")]
    [InlineData("vector.minMax", """{"operands":[3,-1,2]}""", """{"min":-1,"max":3}""")]
    [InlineData("vector.prefixSum", """{"operands":[1,2,3]}""", """{"result":[1,3,6]}""")]
    [InlineData("vector.histogram", """{"data":[0,1,2,9],"low":0,"high":2,"bins":2}""", """{"result":[1,2]}""")]
    [InlineData("matrix.multiply", """{"a":[1,2,3,4],"b":[5,6,7,8],"rows":2,"inner":2,"columns":2}""", """{"result":[19,22,43,50]}""")]
    [InlineData("sort.numbers", """{"operands":[3,1.5,-2]}""", """{"result":[-2,1.5,3]}""")]
    [InlineData("sort.integers", """{"operands":[3,9007199254740993,-2]}""", """{"result":[-2,3,9007199254740993]}""")]
    [InlineData("primes.count", """{"limit":1000}""", """{"result":168}""")]
    [InlineData("text.count", """{"text":"Ärger ärgert","pattern":"ÄRGER","ignoreCase":true}""", """{"result":2}""")]
    [InlineData("text.find", """{"text":"Ärger ÄRGERT","pattern":"ger","ignoreCase":false}""", """{"result":2}""")]
    [InlineData("text.find", """{"text":"ein Ärgernis","pattern":"ärGER","ignoreCase":true}""", """{"result":4}""")]
    [InlineData("text.find", """{"text":"abc","pattern":"C"}""", """{"result":-1}""")]
    [InlineData("text.isUtf8", """{"bytes":"w6Q="}""", """{"result":true}""")]
    [InlineData("text.isUtf8", """{"bytes":"ww=="}""", """{"result":false}""")]
    [InlineData("integers.dot", """{"a":[3037000500,1],"b":[3037000499,-9]}""", """{"result":9223372033963249491}""")]
    [InlineData("integers.minMax", """{"operands":[3,-9223372036854775808,2]}""", """{"min":-9223372036854775808,"max":3}""")]
    [InlineData("integers.prefixSum", """{"operands":[1,9007199254740993,3]}""", """{"result":[1,9007199254740994,9007199254740997]}""")]
    [InlineData("text.count", """{"text":"aaaa","pattern":"aa"}""", """{"result":2}""")]
    [InlineData("fractal.mandelbrot", """{"left":-3,"top":0,"step":3,"columns":2,"rows":1,"maxIterations":7}""", """{"result":[1,7]}""")]
    public async Task Kind_ValidInput_GivesTheResult(string kind, string input, string expected)
    {
        TaskRunResult result = await Run(kind, new TaskPayload(Encoding.UTF8.GetBytes(input)));
        Assert.Null(result.Error);
        using JsonDocument actual = JsonDocument.Parse(result.Output), wanted = JsonDocument.Parse(expected);
        Assert.True(JsonElement.DeepEquals(wanted.RootElement, actual.RootElement), actual.RootElement.GetRawText());
    }

    [Theory]
    [InlineData("math.factorial", """{"operands":[21]}""", ErrorCodes.Overflow)]
    [InlineData("math.multiply", """{"operands":[9223372036854775807,2]}""", ErrorCodes.Overflow)]
    [InlineData("vector.sum", """{"operands":[1e308,1e308]}""", ErrorCodes.Overflow)]
    [InlineData("vector.dot", """{"a":[1],"b":[]}""", ErrorCodes.InvalidInput)]
    [InlineData("integers.dot", """{"a":[1],"b":[]}""", ErrorCodes.InvalidInput)]
    [InlineData("integers.dot", """{"a":[4294967296],"b":[4294967296]}""", ErrorCodes.Overflow)]
    [InlineData("integers.prefixSum", """{"operands":[9223372036854775807,1]}""", ErrorCodes.Overflow)]
    [InlineData("integers.minMax", """{"operands":[]}""", ErrorCodes.InvalidInput)]
    [InlineData("text.find", """{"text":"a","pattern":""}""", ErrorCodes.InvalidInput)]
    [InlineData("fractal.mandelbrot", """{"left":0,"top":0,"step":1,"columns":1,"rows":1,"maxIterations":300000}""", ErrorCodes.InvalidInput)]
    [InlineData("matrix.multiply", """{"a":[1],"b":[1],"rows":2147483647,"inner":2147483647,"columns":1}""", ErrorCodes.InvalidInput)]
    [InlineData("matrix.multiply", """{"a":[],"b":[],"rows":2147483647,"inner":0,"columns":2147483647}""", ErrorCodes.InvalidInput)]
    [InlineData("primes.count", """{"limit":-1}""", ErrorCodes.InvalidInput)]
    [InlineData("text.count", """{"text":"a","pattern":""}""", ErrorCodes.InvalidInput)]
    [InlineData("fractal.mandelbrot", """{"left":0,"top":0,"step":1,"columns":100000,"rows":100000}""", ErrorCodes.InvalidInput)]
    public async Task Kind_WrongInput_FailsWithItsCode(string kind, string input, string code)
    {
        TaskRunResult result = await Run(kind, new TaskPayload(Encoding.UTF8.GetBytes(input)));
        Assert.Equal(TaskState.Failed, result.State);
        Assert.Equal(code, result.Error?.Code);
    }

    [Fact]
    public async Task BinaryVectors_InAndOut_NeverBecomeJson()
    {
        double[] data = [1, 2, 3.5, 4];
        var payload = new MemoryStream();
        payload.Write(MemoryMarshal.AsBytes(data.AsSpan()));
        BinaryPayload.Finish(payload, """{"factor":2,"x":2,"y":2}"""u8);
        TaskRunResult result = await Run("vector.axpy", new TaskPayload(payload.ToArray(), PayloadFormat.Binary, PayloadFormat.Binary));
        Assert.Equal([5.5, 8], MemoryMarshal.Cast<byte, double>(result.Output.Span).ToArray());
    }

    [Fact]
    public async Task BinaryOutput_OfAKindWithoutOne_IsRefused()
    {
        TaskRunResult result = await Run("primes.count", new TaskPayload("""{"limit":9}"""u8.ToArray(), OutputFormat: PayloadFormat.Binary));
        Assert.Equal(ErrorCodes.InvalidInput, result.Error?.Code);
    }

    private ValueTask<TaskRunResult> Run(string kind, TaskPayload payload) =>
        _engine.RunAsync(kind, payload, TaskRunOptions.Default, TestContext.Current.CancellationToken);
}
