using System.Net;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

public sealed class RestartTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Users_AfterTheProcessEnded_AreStillThere(bool killed)
    {
        using var data = new DataFolder();
        long kept, deleted;
        await using (SiloProcess silo = await SiloProcess.StartAsync(data.Path))
        {
            kept = await CreateAsync(silo, "kept");
            deleted = await CreateAsync(silo, "deleted");
            await silo.Http.PutJsonAsync($"/users/{kept}", """{"name":"kept and changed","email":"k@example.com","active":false}""").ExpectAsync(HttpStatusCode.OK);
            await silo.Http.DeleteAsync($"/users/{deleted}", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.NoContent);
            if (killed)
            {
                await silo.KillAsync();
            }
            else
            {
                silo.Terminate();
                Assert.Equal(0, await silo.ExitCodeAsync());
            }
        }

        await using (SiloProcess silo = await SiloProcess.StartAsync(data.Path))
        {
            JsonElement user = await silo.Http.GetAsync($"/users/{kept}", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
            Assert.Equal("kept and changed", user.GetProperty("name").GetString());
            Assert.False(user.GetProperty("active").GetBoolean());
            await silo.Http.GetAsync($"/users/{deleted}", TestContext.Current.CancellationToken).ExpectProblemAsync(404);
            Assert.True(await CreateAsync(silo, "new") > Math.Max(kept, deleted), "An id was given out twice.");
        }
    }

    [Fact]
    public async Task Sigterm_WithARequestUnderWay_AnswersItAndExitsZero()
    {
        using var data = new DataFolder();
        await using SiloProcess silo = await SiloProcess.StartAsync(data.Path);
        var body = new HeldContent("""{"name":"late","email":"l@example.com"}""");
        Task<HttpResponseMessage> request = silo.Http.PostAsync("/users", body, TestContext.Current.CancellationToken);
        await UntilPostIsActiveAsync(silo);

        silo.Terminate();
        // New connections are refused once the server has stopped listening: that is the sign that the drain has begun.
        await UntilRefusedAsync(silo.Http.BaseAddress!);
        body.Release();

        await request.ExpectAsync(HttpStatusCode.Created);
        Assert.Equal(0, await silo.ExitCodeAsync());
        Assert.Empty(silo.ErrorLines);
    }

    [Fact]
    public async Task Sigterm_WithADrainDelay_TurnsReadinessOffAndStillAnswers()
    {
        using var data = new DataFolder();
        await using SiloProcess silo = await SiloProcess.StartAsync(data.Path, "--Gateway:DrainDelay=00:00:10");
        await silo.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);

        silo.Terminate();
        JsonElement health;
        do
        {
            using HttpResponseMessage probe = await silo.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
            health = await probe.BodyAsync();
        }
        while (health.GetProperty("status").GetString() == "ready");

        Assert.Equal("The process is draining.", health.GetProperty("reasons").GetProperty("process").GetString());
        await silo.Http.GetAsync("/health/live", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        await silo.Http.PostJsonAsync("/users", """{"name":"late","email":"l@example.com"}""").ExpectAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Sigterm_WithARequestThatNeverEnds_ExitsZeroAfterTheGracePeriod()
    {
        using var data = new DataFolder();
        await using SiloProcess silo = await SiloProcess.StartAsync(data.Path, "--Gateway:DrainDelay=00:00:01", "--Gateway:GracePeriod=00:00:01");
        var body = new HeldContent("{}");
        Task<HttpResponseMessage> request = silo.Http.PostAsync("/users", body, TestContext.Current.CancellationToken);
        await UntilPostIsActiveAsync(silo);

        silo.Terminate();

        Assert.Equal(0, await silo.ExitCodeAsync());
        body.Release();
        await Assert.ThrowsAsync<HttpRequestException>(() => request);
    }

    private static async Task<long> CreateAsync(SiloProcess silo, string name)
    {
        JsonElement created = await silo.Http.PostJsonAsync("/users", $$"""{"name":"{{name}}","email":"{{name}}@example.com"}""").ExpectAsync(HttpStatusCode.Created);
        return created.GetProperty("id").GetInt64();
    }

    // What was sent but not read yet is lost at shutdown: the drain owes an answer only to a request that has begun.
    private static async Task UntilPostIsActiveAsync(SiloProcess silo)
    {
        string metrics;
        do
        {
            metrics = await silo.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        }
        while (!metrics.Split('\n').Any(line =>
            line.StartsWith("http_server_active_requests{", StringComparison.Ordinal)
            && line.Contains("http_request_method=\"POST\"", StringComparison.Ordinal)
            && line.EndsWith(" 1", StringComparison.Ordinal)));
    }

    private static async Task UntilRefusedAsync(Uri address)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            // A client of its own each time: a kept connection would not tell.
            using var http = new HttpClient { BaseAddress = address };
            try
            {
                using HttpResponseMessage probe = await http.GetAsync("/health/live", deadline.Token);
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }

    /// <summary>A body whose second half waits for a word from the test.</summary>
    private sealed class HeldContent : HttpContent
    {
        private readonly byte[] _bytes;
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeldContent(string json)
        {
            _bytes = System.Text.Encoding.UTF8.GetBytes(json);
            Headers.ContentType = new("application/json");
        }

        public void Release() => _released.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            int half = _bytes.Length / 2;
            await stream.WriteAsync(_bytes.AsMemory(0, half));
            await stream.FlushAsync();
            await _released.Task;
            await stream.WriteAsync(_bytes.AsMemory(half));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _bytes.Length;
            return true;
        }
    }
}
