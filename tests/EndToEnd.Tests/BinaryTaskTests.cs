using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

/// <summary><c>POST /tasks</c> with arrays as raw little-endian elements, in and out.</summary>
public sealed class BinaryTaskTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    private const string OctetStream = "application/octet-stream";

    [Fact]
    public async Task OneArray_InAndOut_NeedsNoJson()
    {
        double[] result = await RawAsync<double>("kind=sort.numbers", Doubles(3, 1.5, -2));
        Assert.Equal([-2, 1.5, 3], result);
        Assert.Empty(await RawAsync<double>("kind=sort.numbers", []));
        long[] integers = await RawAsync<long>("kind=sort.integers", Longs(3, long.MaxValue, -2));
        Assert.Equal([-2, 3, long.MaxValue], integers);
    }

    [Fact]
    public async Task LargeVector_InAndOut_IsExact()
    {
        double[] data = new double[500_000];
        var random = new Random(5);
        foreach (ref double x in data.AsSpan())
            x = random.NextDouble() - 0.5;

        double[] sorted = await RawAsync<double>("kind=sort.numbers", MemoryMarshal.AsBytes(data.AsSpan()).ToArray());

        Array.Sort(data);
        Assert.Equal(data, sorted);
    }

    [Fact]
    public async Task SeveralArrays_ShareTheBodyOrNameTheirLengths()
    {
        double[] sums = await RawAsync<double>("kind=vector.axpy&input={\"factor\":2}", Doubles(1, 2, 3, 4));
        Assert.Equal([5, 8], sums);
        Assert.Equal("""{"result":11}""", await ResultAsync("kind=vector.dot", Doubles(1, 2, 3, 4)));
        Assert.Equal("""{"result":11}""", await ResultAsync("kind=vector.dot&input={\"b\":2}", Doubles(3, 4, 1, 2)));
        string sizes = Uri.EscapeDataString("""{"rows":1,"inner":2,"columns":2,"a":2,"b":4}""");
        double[] product = await RawAsync<double>($"kind=matrix.multiply&input={sizes}", Doubles(1, 2, 3, 4, 5, 6));
        Assert.Equal([13, 16], product);
    }

    [Fact]
    public async Task SingleResult_OfABinaryInput_ComesAsATask()
    {
        using HttpResponseMessage response = await PostAsync("kind=vector.sum&priority=9&maxAttempts=1&timeout=5s&wait=20s", Doubles(1, 2.5), accept: null);
        JsonElement task = await response.BodyAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("succeeded", task.GetProperty("status").GetString());
        Assert.Equal("""{"result":3.5}""", task.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task ArrayResult_OfAnInputWithoutArrays_NeedsNoBody()
    {
        const string Input = """{"left":-3,"top":0,"step":3,"columns":2,"rows":1,"maxIterations":7}""";
        uint[] counts = await RawAsync<uint>($"kind=fractal.mandelbrot&input={Input}", []);
        Assert.Equal([1u, 7u], counts);
    }

    [Theory]
    [InlineData("kind=vector.sum", 9, 400)]
    [InlineData("kind=vector.dot", 24, 400)]
    [InlineData("kind=vector.dot&input={\"a\":4}", 24, 400)]
    [InlineData("kind=vector.dot&input={\"a\":-1}", 24, 400)]
    [InlineData("kind=vector.dot&input={\"a\":1e99}", 24, 400)]
    [InlineData("kind=vector.dot&input={\"a\":1,\"b\":1}", 24, 400)]
    [InlineData("kind=vector.sum&input={\"nonsense\":1}", 8, 400)]
    [InlineData("kind=vector.sum&input=nonsense", 8, 400)]
    [InlineData("kind=vector.sum&input=[1]", 8, 400)]
    [InlineData("kind=vector.sum&input={\"operands\":1,\"operands\":1}", 8, 400)]
    [InlineData("kind=vector.axpy", 16, 400)]
    [InlineData("kind=vector.sum&nonsense=1", 8, 400)]
    [InlineData("kind=vector.sum&priority=10", 8, 400)]
    [InlineData("kind=vector.sum&wait=soon", 8, 400)]
    [InlineData("", 8, 400)]
    [InlineData("kind=vector.summ", 8, 404)]
    [InlineData("kind=primes.count", 8, 415)]
    [InlineData("kind=string.reverse", 8, 415)]
    [InlineData("kind=vector.sum", (4 << 20) + 8, 413)]
    public async Task Request_ThatIsWrong_IsRefused(string query, int bytes, int status)
    {
        string code = await PostAsync(query, new byte[bytes], accept: null).ExpectProblemAsync(status);
        Assert.Equal(
            status switch { 404 => "unknown_task_kind", 413 => "payload_too_large", 415 => "unsupported_media_type", _ => "invalid_input" }, code);
    }

    [Fact]
    public async Task NumbersOutput_WhereThereIsNone_IsNotAcceptable() =>
        await PostAsync("kind=vector.sum", Doubles(1), OctetStream).ExpectProblemAsync(406);

    [Fact]
    public async Task FailedTask_WithBytesAskedFor_Is409WithItsError() =>
        Assert.Equal("overflow", await PostAsync("kind=vector.prefixSum", Doubles(1e308, 1e308), OctetStream).ExpectProblemAsync(409));

    [Fact]
    public async Task NotFinite_InABinaryVector_IsTheTasksError()
    {
        using HttpResponseMessage response = await PostAsync("kind=vector.sum", Doubles(1, double.NaN), accept: null);
        JsonElement task = await response.BodyAsync();
        Assert.Equal("failed", task.GetProperty("status").GetString());
    }

    [Fact]
    public async Task DurableTask_KeepsItsBytesAndItsKey()
    {
        JsonElement done = await PostDurableAsync(Doubles(1, 2, 4), "?kind=vector.sum&wait=20s", key: null).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("""{"result":7}""", done.GetProperty("result").GetRawText());

        string key = Guid.NewGuid().ToString();
        JsonElement first = await PostDurableAsync(Doubles(1, 2), "?kind=vector.sum", key).ExpectAsync(HttpStatusCode.Accepted);
        JsonElement repeat = await PostDurableAsync(Doubles(1, 2), "?kind=vector.sum", key).ExpectAsync(HttpStatusCode.Accepted);
        Assert.Equal(first.GetProperty("id").GetString(), repeat.GetProperty("id").GetString());
        await PostDurableAsync(Doubles(1, 3), "?kind=vector.sum", key).ExpectProblemAsync(422);
        await PostDurableAsync(Doubles(1, 2), "?kind=vector.sum&durability=none", key).ExpectProblemAsync(400);
    }

    private Task<HttpResponseMessage> PostDurableAsync(byte[] body, string query, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/tasks{query}") { Content = Content(body) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task Tasks_OfAnotherContentType_Are415(string? contentType)
    {
        using ByteArrayContent content = Content(Doubles(1));
        content.Headers.ContentType = contentType is null ? null : new MediaTypeHeaderValue(contentType);
        await silo.Http.PostAsync("/tasks?kind=vector.sum&durability=none", content, TestContext.Current.CancellationToken).ExpectProblemAsync(415);
    }

    [Fact]
    public async Task BodyWithoutALength_IsTakenAndLimited()
    {
        Assert.Equal("""{"result":3}""", (await PostChunkedAsync(Doubles(1, 2)).ExpectAsync(HttpStatusCode.OK)).GetProperty("result").GetRawText());
        await PostChunkedAsync(new byte[(4 << 20) + 8]).ExpectProblemAsync(413);
    }

    [Fact]
    public async Task Document_ShowsTheBinaryForm()
    {
        JsonElement document = await silo.Http.GetAsync("/openapi/v1.json", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        JsonElement post = document.GetProperty("paths").GetProperty("/tasks").GetProperty("post");

        Assert.True(post.GetProperty("requestBody").GetProperty("content").TryGetProperty(OctetStream, out _));
        Assert.True(post.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out _));
        Assert.True(post.GetProperty("responses").GetProperty("200").GetProperty("content").TryGetProperty(OctetStream, out _));
        Assert.Contains("input", post.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Kinds_SayWhatTheyTakeAndGiveInBinary()
    {
        JsonElement axpy = await silo.Http.GetAsync("/task-kinds/vector.axpy", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("""[{"name":"x","elementType":"float64"},{"name":"y","elementType":"float64"}]""", axpy.GetProperty("binaryInput").GetRawText());
        Assert.Equal("float64", axpy.GetProperty("binaryOutput").GetString());
        JsonElement primes = await silo.Http.GetAsync("/task-kinds/primes.count", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal(0, primes.GetProperty("binaryInput").GetArrayLength());
        Assert.False(primes.TryGetProperty("binaryOutput", out _));
    }

    private async Task<T[]> RawAsync<T>(string query, byte[] body)
        where T : unmanaged
    {
        using HttpResponseMessage response = await PostAsync(query, body, OctetStream);
        byte[] answer = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, System.Text.Encoding.UTF8.GetString(answer));
        Assert.Equal(OctetStream, response.Content.Headers.ContentType?.MediaType);
        return MemoryMarshal.Cast<byte, T>(answer).ToArray();
    }

    private async Task<string> ResultAsync(string query, byte[] body) =>
        (await PostAsync(query, body, accept: null).ExpectAsync(HttpStatusCode.OK)).GetProperty("result").GetRawText();

    private async Task<HttpResponseMessage> PostAsync(string query, byte[] body, string? accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/tasks?durability=none&{query}") { Content = Content(body) };
        if (accept is not null)
            request.Headers.Accept.ParseAdd(accept);
        return await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private async Task<HttpResponseMessage> PostChunkedAsync(byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/tasks?durability=none&kind=vector.sum") { Content = Content(body) };
        request.Headers.TransferEncodingChunked = true;
        return await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static ByteArrayContent Content(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(OctetStream);
        return content;
    }

    private static byte[] Doubles(params ReadOnlySpan<double> numbers) => MemoryMarshal.AsBytes(numbers).ToArray();

    private static byte[] Longs(params ReadOnlySpan<long> numbers) => MemoryMarshal.AsBytes(numbers).ToArray();
}
