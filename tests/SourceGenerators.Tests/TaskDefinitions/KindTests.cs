using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

public class KindTests
{
    private static readonly Lazy<Sample> s_sample = new(static () => GeneratorHarness.Load(Samples.Math, Samples.Strings,
        """
        public sealed record Stats(double Mean, IReadOnlyList<double> Sorted);

        [TaskDefinition("vector", Timeout = "2m", MaxAttempts = 2)]
        public static partial class VectorHandlers
        {
            [TaskOperation] public static double Sum(ReadOnlyMemory<double> values) => values.Span.ToArray().Sum();
            [TaskOperation(Name = "dot-product")] public static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right) => left[0] * right[0];
            [TaskOperation] public static Task<Stats> Describe(double[] values) => Task.FromResult(new Stats(values.Average(), values.Order().ToList()));
            [TaskOperation] public static int Count(ReadOnlySpan<byte> haystack, byte needle = 10) => haystack.Count(needle);
            [TaskOperation] public static async Task<long> Await(ReadOnlyMemory<int> values) { await Task.Yield(); return values.Span[0] + values.Length; }
        }
        """));

    [Fact]
    public void Facts_OfOperations_ComeFromAttributesAndDocumentation()
    {
        TaskKind add = s_sample.Value.Kind("math.add");
        TaskKind slow = s_sample.Value.Kind("math.slow");
        TaskKind hash = s_sample.Value.Kind("string.hash");
        TaskKind dot = s_sample.Value.Kind("vector.dot-product");

        Assert.Equal("Adds 64-bit integers; overflow is an error.", add.Description);
        Assert.Equal((TimeSpan.FromMinutes(5), 3, "default", true), (add.Timeout, add.MaxAttempts, add.Queue, add.AcceptsBinary));
        Assert.Equal((TimeSpan.FromSeconds(30), false), (slow.Timeout, slow.AcceptsBinary));
        Assert.Equal(("cpu", 7), (hash.Queue, hash.MaxAttempts));
        Assert.Equal((TimeSpan.FromMinutes(2), 2, false), (dot.Timeout, dot.MaxAttempts, dot.AcceptsBinary));
    }

    [Fact]
    public void Schemas_OfAllKinds_AreJson()
    {
        foreach (TaskKind kind in s_sample.Value.Kinds)
        {
            using JsonDocument input = JsonDocument.Parse(kind.InputSchema);
            using JsonDocument output = JsonDocument.Parse(kind.OutputSchema);
            Assert.Equal("object", input.RootElement.GetProperty("type").GetString());
            Assert.Equal("object", output.RootElement.GetProperty("type").GetString());
        }
    }

    [Fact]
    public async Task Add_Json_WritesResult() =>
        Assert.Equal("""{"result":6}""", await s_sample.Value.RunAsync("math.add", """{"operands":[1,2,3]}"""));

    [Fact]
    public void Add_JsonOnceWarm_AllocatesNothing()
    {
        TaskKind add = s_sample.Value.Kind("math.add");
        var payload = new TaskPayload("""{"operands":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18]}"""u8.ToArray());
        var output = new ArrayBufferWriter<byte>(256);
        var context = new FakeTaskContext();
        // The pool, the thread's writer and the compiler's own tiers are filled by the first runs.
        for (int i = 0; i < 100; i++)
            Run();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
            Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            output.ResetWrittenCount();
            ValueTask done = add.InvokeAsync(payload, output, context);
            Assert.True(done.IsCompletedSuccessfully);
        }
    }

    [Fact]
    public async Task Add_Overflow_IsTheHandlersError() => await Assert.ThrowsAsync<OverflowException>(
        () => s_sample.Value.RunAsync("math.add", """{"operands":[9223372036854775807,1]}"""));

    [Fact]
    public async Task Add_ManyOperands_GrowsItsMemory() => Assert.Equal(
        """{"result":50005000}""",
        await s_sample.Value.RunAsync("math.add", $"{{\"operands\":[{string.Join(',', Enumerable.Range(1, 10_000))}]}}"));

    [Fact]
    public async Task Add_Binary_ReadsLittleEndianElements()
    {
        byte[] payload = MemoryMarshal.AsBytes<long>([40, 2]).ToArray();

        Assert.Equal("""{"result":42}""", await s_sample.Value.RunAsync("math.add", new TaskPayload(payload, PayloadFormat.Binary)));
    }

    [Fact]
    public async Task Add_BinaryOfBrokenLength_IsRefused()
    {
        var refusal = await Assert.ThrowsAsync<InvalidTaskInputException>(
            () => s_sample.Value.RunAsync("math.add", new TaskPayload(new byte[9], PayloadFormat.Binary)));

        Assert.Equal("operands", Assert.Single(refusal.Fields).Key);
    }

    [Fact]
    public async Task JsonOnlyKind_Binary_IsRefused() => await Assert.ThrowsAsync<InvalidTaskInputException>(
        () => s_sample.Value.RunAsync("string.reverse", new TaskPayload(new byte[8], PayloadFormat.Binary)));

    [Fact]
    public async Task Memory_JsonAndBinary_ReachTheHandler()
    {
        byte[] payload = MemoryMarshal.AsBytes<double>([0.5, 0.25]).ToArray();

        Assert.Equal("""{"result":0.75}""", await s_sample.Value.RunAsync("vector.sum", new TaskPayload(payload, PayloadFormat.Binary)));
        Assert.Equal("""{"result":0.75}""", await s_sample.Value.RunAsync("vector.sum", """{"values":[0.5,0.25]}"""));
    }

    [Fact]
    public async Task Memory_AcrossAnAwait_StaysValid() =>
        Assert.Equal("""{"result":10}""", await s_sample.Value.RunAsync("vector.await", """{"values":[7,1,1]}"""));

    [Fact]
    public async Task Bytes_WithOptionalParameter_TakeBinaryAndBase64()
    {
        Assert.Equal("""{"result":2}""", await s_sample.Value.RunAsync("vector.count", new TaskPayload("a\nb\n"u8.ToArray(), PayloadFormat.Binary)));
        Assert.Equal("""{"result":1}""", await s_sample.Value.RunAsync("vector.count", """{"haystack":"AQID","needle":2}"""));
    }

    [Fact]
    public async Task RecordResult_IsTheOutputObject() => Assert.Equal(
        """{"mean":2,"sorted":[1,2,3]}""", await s_sample.Value.RunAsync("vector.describe", """{"values":[3,1,2]}"""));

    [Fact]
    public async Task Result_NotFinite_IsOverflow() => await Assert.ThrowsAsync<OverflowException>(
        () => s_sample.Value.RunAsync("vector.sum", """{"values":[1e308,1e308]}"""));

    [Fact]
    public async Task Slow_Context_GivesProgressAndCancellation()
    {
        var context = new FakeTaskContext();
        Assert.Equal("""{"result":4}""", await s_sample.Value.RunAsync("math.slow", """{"n":4}""", context));
        Assert.Equal([0.25, 0.5, 0.75, 1], context.Reports);

        await context.Cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => s_sample.Value.RunAsync("math.slow", """{"n":4}""", context));
    }
}
