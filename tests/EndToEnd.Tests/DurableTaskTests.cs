using System.Net;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

public sealed class DurableTaskTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    private const string LongTask = """{"kind":"primes.count","input":{"limit":1000000000000}}""";

    [Fact]
    public async Task Task_Awaited_IsAnsweredFinishedAndStaysReadable()
    {
        string tag = NewTag();
        JsonElement task = await silo.Http.PostJsonAsync(
            "/tasks?wait=30s", $$$"""{"kind":"math.add","input":{"operands":[1,2,3]},"priority":9,"tags":["{{{tag}}}","b"],"owner":7,"maxAttempts":2,"timeout":"90s"}""")
            .ExpectAsync(HttpStatusCode.OK);

        Assert.Equal("succeeded", task.GetProperty("status").GetString());
        Assert.Equal("""{"result":6}""", task.GetProperty("result").GetRawText());
        Assert.Equal((9, 7, 2, 90), (Int(task, "priority"), Int(task, "owner"), Int(task, "maxAttempts"), Int(task, "timeoutSeconds")));
        Assert.Equal([tag, "b"], task.GetProperty("tags").EnumerateArray().Select(t => t.GetString()));
        JsonElement attempt = Assert.Single(task.GetProperty("attemptHistory").EnumerateArray());
        Assert.True(attempt.GetProperty("startedAt").GetDateTime() <= attempt.GetProperty("endedAt").GetDateTime());
        Assert.NotEmpty(attempt.GetProperty("silo").GetString()!);

        JsonElement again = await GetAsync($"/tasks/{IdOf(task)}", HttpStatusCode.OK);
        Assert.Equal(task.GetRawText(), again.GetRawText());
        Assert.Equal("""{"result":6}""", (await GetAsync($"/tasks/{IdOf(task)}/result", HttpStatusCode.OK)).GetRawText());
        JsonElement listed = Assert.Single((await GetAsync($"/tasks?tag={tag}&owner=7&kind=math.add&status=succeeded&queue=default", HttpStatusCode.OK)).EnumerateArray());
        Assert.Equal(IdOf(task), IdOf(listed));
    }

    [Fact]
    public async Task Task_NotAwaited_IsAcceptedAndFoundAtItsLocation()
    {
        using HttpResponseMessage accepted = await silo.Http.PostJsonAsync("/tasks", """{"kind":"string.reverse","input":{"input":"hello"}}""");
        JsonElement receipt = await accepted.BodyAsync();

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal($"/tasks/{IdOf(receipt)}", accepted.Headers.Location?.OriginalString);
        Assert.True(receipt.GetProperty("status").GetString() is "queued" or "running", receipt.GetRawText());
        Assert.Equal("""{"output":"olleh"}""", (await GetAsync($"{accepted.Headers.Location}/result?wait=30s", HttpStatusCode.OK)).GetRawText());
    }

    [Fact]
    public async Task Task_ThatFails_SaysSoAndCanBeRunAgain()
    {
        JsonElement failed = await silo.Http.PostJsonAsync("/tasks?wait=30s", """{"kind":"math.factorial","input":{"operands":[21]}}""").ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("failed", failed.GetProperty("status").GetString());
        Assert.Equal("overflow", failed.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("overflow", Assert.Single(failed.GetProperty("attemptHistory").EnumerateArray()).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("overflow", await silo.Http.GetAsync($"/tasks/{IdOf(failed)}/result", Cancelled).ExpectProblemAsync(409));
        Assert.Equal("wrong_state", await PostAsync($"/tasks/{IdOf(failed)}/cancel").ExpectProblemAsync(409));

        using HttpResponseMessage retried = await PostAsync($"/tasks/{IdOf(failed)}/retry");
        Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
        await silo.Http.GetAsync($"{retried.Headers.Location}/result?wait=30s", Cancelled).ExpectProblemAsync(409);
        JsonElement again = await GetAsync(retried.Headers.Location!.OriginalString, HttpStatusCode.OK);
        Assert.Equal(IdOf(failed), again.GetProperty("retryOf").GetString());
        Assert.NotEqual(IdOf(failed), IdOf(again));
    }

    [Fact]
    public async Task ScheduledTask_SaysWhyItWaitsAndCanBeCancelledOnce()
    {
        JsonElement receipt = await silo.Http.PostJsonAsync("/tasks", """{"kind":"math.add","input":{"operands":[1]},"delay":"1h"}""").ExpectAsync(HttpStatusCode.Accepted);
        string path = $"/tasks/{IdOf(receipt)}";
        Assert.Equal("scheduled", receipt.GetProperty("status").GetString());
        JsonElement waiting = await GetAsync(path, HttpStatusCode.OK);
        Assert.Contains("due", waiting.GetProperty("waitReason").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, Int(waiting, "attempts"));
        await GetAsync($"{path}/result?wait=10ms", HttpStatusCode.Accepted);
        Assert.Equal("wrong_state", await PostAsync($"{path}/retry").ExpectProblemAsync(409));

        await PostAsync($"{path}/cancel").ExpectAsync(HttpStatusCode.Accepted);
        Assert.Equal("wrong_state", await PostAsync($"{path}/cancel").ExpectProblemAsync(409));
        Assert.Equal("cancelled", await silo.Http.GetAsync($"{path}/result", Cancelled).ExpectProblemAsync(409));
        Assert.Equal("cancelled", (await GetAsync(path, HttpStatusCode.OK)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task RunningTask_IsFollowedToItsCancellation()
    {
        JsonElement receipt = await silo.Http.PostJsonAsync("/tasks", LongTask).ExpectAsync(HttpStatusCode.Accepted);
        string path = $"/tasks/{IdOf(receipt)}";
        using HttpResponseMessage response = await silo.Http.GetAsync($"{path}/events", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancelled));

        List<string> heard = [];
        while (await reader.ReadLineAsync(Cancelled) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal))
                heard.Add(line);
            if (line.Contains("\"running\"", StringComparison.Ordinal))
                await PostAsync($"{path}/cancel").ExpectAsync(HttpStatusCode.Accepted);
        }

        Assert.Contains("\"cancelled\"", heard[^1], StringComparison.Ordinal);
        JsonElement task = await GetAsync(path, HttpStatusCode.OK);
        Assert.Equal("cancelled", task.GetProperty("status").GetString());
        Assert.True(task.GetProperty("cancelRequested").GetBoolean());

        // Who comes afterwards hears the same, and who has heard all of it nothing more.
        string replay = await silo.Http.GetStringAsync($"{path}/events", Cancelled);
        Assert.Equal(heard.Where(line => line.Contains("status", StringComparison.Ordinal)), replay.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)));
        string lastId = replay.Split('\n').Last(line => line.StartsWith("id: ", StringComparison.Ordinal))[4..];
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{path}/events") { Headers = { { "Last-Event-ID", lastId } } };
        using HttpResponseMessage over = await silo.Http.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.NoContent, over.StatusCode);
    }

    [Fact]
    public async Task IdempotencyKey_OfAHundredRequestsAtOnce_MakesOneTask()
    {
        string key = NewTag();
        const string Body = """{"kind":"math.add","input":{"operands":[1]}}""";
        JsonElement[] receipts = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => PostAsync("/tasks", Body, key).ExpectAsync(HttpStatusCode.Accepted)));
        string id = Assert.Single(receipts.Select(IdOf).Distinct());

        JsonElement later = await PostAsync("/tasks?wait=30s", Body, key).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal(id, IdOf(later));
        Assert.Equal("idempotency_mismatch", await PostAsync("/tasks", """{"kind":"math.add","input":{"operands":[2]}}""", key).ExpectProblemAsync(422));
    }

    [Fact]
    public async Task IdempotencyKey_AfterTheTasksDeadline_AnswersTheTask()
    {
        string key = NewTag();
        (string body, JsonElement first) = await SubmitWithDeadlineAsync(key);
        Assert.Equal("deadline_exceeded", await silo.Http.GetAsync($"/tasks/{IdOf(first)}/result?wait=5m", Cancelled).ExpectProblemAsync(409));

        JsonElement again = await PostAsync("/tasks", body, key).ExpectAsync(HttpStatusCode.Accepted);
        Assert.Equal((IdOf(first), "expired"), (IdOf(again), again.GetProperty("status").GetString()));
        string[] refusals = await Task.WhenAll(RefusalAsync(body, null), RefusalAsync(body, NewTag()));
        Assert.All(refusals, errors => Assert.Equal("""{"deadline":["must lie in the future"]}""", errors));
    }

    [Fact]
    public async Task IdempotencyKey_OfABatch_MakesItsTasksOnce()
    {
        string key = NewTag();
        const string Batch = """[{"kind":"math.add","input":{"operands":[1]}},{"kind":"math.add","input":{"operands":[1]}}]""";
        JsonElement first = await PostAsync("/tasks/batch", Batch, key).ExpectAsync(HttpStatusCode.Accepted);
        JsonElement second = await PostAsync("/tasks/batch", Batch, key).ExpectAsync(HttpStatusCode.Accepted);

        Assert.Equal(first.EnumerateArray().Select(IdOf), second.EnumerateArray().Select(IdOf));
        Assert.Equal(2, first.EnumerateArray().Select(IdOf).Distinct().Count());
        Assert.Equal(IdOf(first[1]), IdOf(await PostAsync("/tasks", """{"kind":"math.add","input":{"operands":[1]}}""", $"{key}#1").ExpectAsync(HttpStatusCode.Accepted)));
    }

    [Fact]
    public async Task Batch_Of2000_RunsAllAndIsListedPageByPage()
    {
        string tag = NewTag();
        string batch = $"[{string.Join(',', Enumerable.Range(0, 2_000).Select(i => $$$"""{"kind":"math.add","input":{"operands":[{{{i}}}]},"tags":["{{{tag}}}"]}"""))}]";
        JsonElement receipts = await silo.Http.PostJsonAsync("/tasks/batch", batch).ExpectAsync(HttpStatusCode.Accepted);
        string[] ids = [.. receipts.EnumerateArray().Select(IdOf)];

        // What was answered is listed at once, newest first, each once.
        List<string> listed = [];
        string? next = $"/tasks?tag={tag}&limit=700";
        while (next is not null)
        {
            using HttpResponseMessage page = await silo.Http.GetAsync(next, Cancelled);
            listed.AddRange((await page.BodyAsync()).EnumerateArray().Select(IdOf));
            next = page.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? links.Single().Split('<', '>')[1] : null;
        }

        Assert.Equal(ids.OrderDescending(StringComparer.Ordinal), listed);
        for (int i = 0; i < ids.Length; i += 97)
            Assert.Equal($$"""{"result":{{i}}}""", (await GetAsync($"/tasks/{ids[i]}/result?wait=30s", HttpStatusCode.OK)).GetRawText());
    }

    [Fact]
    public async Task Tasks_OfATag_AreCancelledAndRunAgainTogether()
    {
        string tag = NewTag();
        string batch = $"[{string.Join(',', Enumerable.Range(0, 30).Select(i => $$$"""{"kind":"math.add","input":{"operands":[1]},"delay":"1h","tags":["{{{tag}}}"]}"""))}]";
        await silo.Http.PostJsonAsync("/tasks/batch", batch).ExpectAsync(HttpStatusCode.Accepted);

        JsonElement cancelled = await PostAsync($"/tasks/cancel?tag={tag}").ExpectAsync(HttpStatusCode.Accepted);
        Assert.Equal((30, 30, false), (Int(cancelled, "matched"), Int(cancelled, "cancelled"), cancelled.GetProperty("more").GetBoolean()));
        Assert.Equal(0, Int(await PostAsync($"/tasks/cancel?tag={tag}").ExpectAsync(HttpStatusCode.Accepted), "matched"));

        JsonElement retried = await PostAsync("/tasks/retry", $$"""{"tag":"{{tag}}","status":"cancelled"}""").ExpectAsync(HttpStatusCode.Accepted);
        Assert.Equal(30, Int(retried, "retried"));
        Assert.Equal(60, (await GetAsync($"/tasks?tag={tag}", HttpStatusCode.OK)).GetArrayLength());
    }

    [Fact]
    public async Task Sigterm_WithClientsThatWait_AnswersThemAndExitsZero()
    {
        using var data = new DataFolder();
        await using SiloProcess own = await SiloProcess.StartAsync(data.Path, "--Tasks:Execute=false", "--Gateway:GracePeriod=00:01:00");
        JsonElement receipt = await own.Http.PostJsonAsync("/tasks", LongTask).ExpectAsync(HttpStatusCode.Accepted);
        using HttpResponseMessage events = await own.Http.GetAsync($"/tasks/{IdOf(receipt)}/events", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        Task<HttpResponseMessage> poll = own.Http.PostJsonAsync("/tasks?wait=5m", LongTask);
        JsonElement tasks;
        do
        {
            tasks = await own.Http.GetAsync("/tasks", Cancelled).ExpectAsync(HttpStatusCode.OK);
        }
        while (tasks.GetArrayLength() < 2);

        own.Terminate();

        Assert.Equal("queued", (await poll.ExpectAsync(HttpStatusCode.Accepted)).GetProperty("status").GetString());
        Assert.Contains("\"queued\"", await events.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.Equal(0, await own.ExitCodeAsync());
        Assert.Empty(own.ErrorLines);
    }

    // A deadline that is soon over, and not before the task has got there.
    private async Task<(string Body, JsonElement Receipt)> SubmitWithDeadlineAsync(string key)
    {
        for (TimeSpan time = TimeSpan.FromSeconds(1); ; time *= 2)
        {
            string body = $$$"""{"kind":"primes.count","input":{"limit":1000000000000},"deadline":"{{{TimeProvider.System.GetUtcNow() + time:O}}}"}""";
            using HttpResponseMessage response = await PostAsync("/tasks", body, key);
            if (response.StatusCode == HttpStatusCode.Accepted)
                return (body, await response.BodyAsync());
            Assert.True(time < TimeSpan.FromMinutes(1), await response.Content.ReadAsStringAsync(Cancelled));
        }
    }

    private async Task<string> RefusalAsync(string body, string? key) =>
        (await PostAsync("/tasks", body, key).ExpectAsync(HttpStatusCode.BadRequest)).GetProperty("errors").GetRawText();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static string NewTag() => Guid.NewGuid().ToString("N");

    private static string IdOf(JsonElement task) => task.GetProperty("id").GetString()!;

    private static int Int(JsonElement task, string name) => task.GetProperty(name).GetInt32();

    private Task<JsonElement> GetAsync(string path, HttpStatusCode status) => silo.Http.GetAsync(path, Cancelled).ExpectAsync(status);

    private Task<HttpResponseMessage> PostAsync(string path, string? body = null, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (body is not null)
            request.Content = HttpExtensions.Json(body);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return silo.Http.SendAsync(request, Cancelled);
    }
}
