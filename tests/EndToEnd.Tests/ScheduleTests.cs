using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

public sealed class ScheduleTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    private const string Task = """{"kind":"math.add","input":{"operands":[1,2]},"queue":"reports","priority":7,"tags":["nightly"]}""";

    [Fact]
    public async Task Schedule_IsMadeShownListedTriggeredAndDeleted()
    {
        JsonElement put = await silo.Http.PutJsonAsync(
            "/schedules/nightly", $$"""{"cron":"30 2 * * *","timeZone":"Asia/Tokyo","overlap":"skip","task":{{Task}}}""").ExpectAsync(HttpStatusCode.OK);
        Assert.Equal(put.GetRawText(), (await GetAsync("/schedules/nightly")).GetRawText());
        string[] next = [.. put.GetProperty("next").EnumerateArray().Select(time => time.GetString()!)];
        Assert.Equal(5, next.Length);
        Assert.All(next, time => Assert.EndsWith("T17:30:00Z", time, StringComparison.Ordinal));
        Assert.Equal(("skip", "fireOnce", "Asia/Tokyo"), (Text(put, "overlap"), Text(put, "missed"), Text(put, "timeZone")));
        Assert.Equal("""{"operands":[1,2]}""", put.GetProperty("task").GetProperty("input").GetRawText());
        Assert.Contains((await GetAsync("/schedules?limit=1000")).EnumerateArray(), schedule => Text(schedule, "id") == "nightly");

        JsonElement made = await silo.Http.PostAsync("/schedules/nightly/trigger", null, Token).ExpectAsync(HttpStatusCode.Accepted);
        Assert.Equal("""{"result":3}""", (await GetAsync($"/tasks/{Text(made, "id")}/result?wait=30s")).GetRawText());
        JsonElement task = (await GetAsync("/tasks?tag=schedule:nightly"))[0];
        Assert.Equal((Text(made, "id"), "reports", 7), (Text(task, "id"), Text(task, "queue"), task.GetProperty("priority").GetInt32()));
        Assert.Equal(Text(made, "id"), Text(await GetAsync("/schedules/nightly"), "lastTask"));

        await silo.Http.DeleteAsync("/schedules/nightly", Token).ExpectAsync(HttpStatusCode.NoContent);
        Assert.Equal("not_found", await silo.Http.GetAsync("/schedules/nightly", Token).ExpectProblemAsync(404));
        Assert.Equal("not_found", await silo.Http.DeleteAsync("/schedules/nightly", Token).ExpectProblemAsync(404));
        Assert.Equal("not_found", await silo.Http.PostAsync("/schedules/nightly/trigger", null, Token).ExpectProblemAsync(404));
    }

    [Theory]
    [InlineData("""{"cron":"0 0 30 2 *","task":TASK}""", "cron")]
    [InlineData("""{"cron":"every day","task":TASK}""", "cron")]
    [InlineData("""{"task":TASK}""", "cron")]
    [InlineData("""{"every":"1s","cron":"* * * * *","task":TASK}""", "cron")]
    [InlineData("""{"every":"0.5s","task":TASK}""", "every")]
    [InlineData("""{"cron":"* * * * *","timeZone":"Mars/Olympus","task":TASK}""", "timeZone")]
    [InlineData("""{"cron":"* * * * *","overlap":"maybe","task":TASK}""", "overlap")]
    [InlineData("""{"cron":"* * * * *","missed":"all","task":TASK}""", "missed")]
    [InlineData("""{"cron":"* * * * *","jitter":5,"task":TASK}""", "jitter")]
    [InlineData("""{"cron":"* * * * *"}""", "task")]
    [InlineData("""{"cron":"* * * * *","task":{"kind":"math.add","input":{"operands":[1]},"priority":10}}""", "task.priority")]
    [InlineData("""{"cron":"* * * * *","task":{"kind":"math.add","input":{"operands":[1]},"delay":5}}""", "task.delay")]
    [InlineData("""{"cron":"* * * * *","task":{"kind":"math.add","input":{"operands":[1]},"durability":"none"}}""", "task.durability")]
    [InlineData("""{"cron":"* * * * *","task":{"kind":"math.add","input":{"operands":"none"}}}""", "task.input.operands")]
    public async Task WrongSchedule_IsRefusedByField(string json, string field)
    {
        using HttpResponseMessage response = await silo.Http.PutJsonAsync("/schedules/wrong", json.Replace("TASK", Task, StringComparison.Ordinal));
        JsonElement problem = await response.BodyAsync();

        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, problem.GetRawText());
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), $"{field} is not named: {problem.GetRawText()}");
        Assert.Equal("not_found", await silo.Http.GetAsync("/schedules/wrong", Token).ExpectProblemAsync(404));
    }

    [Theory]
    [InlineData(64 * 1024, true)]
    [InlineData((64 * 1024) + 1, false)]
    [InlineData(100_000, false)]
    public async Task InputOfASchedule_OverItsBound_Is413(int bytes, bool isTaken)
    {
        string input = $$"""{"input":"{{new string('x', bytes - """{"input":""}""".Length)}}"}""";
        string id = $"of-{bytes}";
        Task<HttpResponseMessage> put = silo.Http.PutJsonAsync($"/schedules/{id}", $$$"""{"every":"1h","task":{"kind":"string.reverse","input":{{{input}}}}}""");
        if (isTaken)
        {
            await put.ExpectAsync(HttpStatusCode.OK);
            Assert.Equal(input, (await GetAsync($"/schedules/{id}")).GetProperty("task").GetProperty("input").GetRawText());
            return;
        }

        Assert.Equal("payload_too_large", await put.ExpectProblemAsync(413));
        Assert.Equal("not_found", await silo.Http.GetAsync($"/schedules/{id}", Token).ExpectProblemAsync(404));
    }

    /// <summary>The process is killed while a schedule fires every second: each second has at most one task, before and after.</summary>
    [Fact]
    public async Task Kill_WhileItFires_LosesNoScheduleAndRepeatsNoTime()
    {
        using var data = new DataFolder();
        await using (SiloProcess first = await SiloProcess.StartAsync(data.Path))
        {
            await first.Http.PutJsonAsync("/schedules/tick", $$"""{"every":1,"missed":"fireAll","task":{{Task}}}""").ExpectAsync(HttpStatusCode.OK);
            await MadeAsync(first.Http, 2);
            await first.KillAsync();
        }

        await using SiloProcess second = await SiloProcess.StartAsync(data.Path);
        int before = (await MadeAsync(second.Http, 2)).Length;
        string[] times = await MadeAsync(second.Http, before + 2);
        Assert.Equal(times.Length, times.Distinct().Count());
        // fireAll: from the first to the last there is no gap.
        DateTimeOffset[] sorted = [.. times.Select(time => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture)).Order()];
        Assert.All(sorted.Zip(sorted.Skip(1)), pair => Assert.Equal(TimeSpan.FromSeconds(1), pair.Second - pair.First));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();

    private static async Task<string[]> MadeAsync(HttpClient http, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!patience.IsCancellationRequested)
        {
            JsonElement tasks = await http.GetAsync("/tasks?tag=schedule:tick&limit=1000", Token).ExpectAsync(HttpStatusCode.OK);
            if (tasks.GetArrayLength() >= count)
                return [.. tasks.EnumerateArray().Select(task => Text(task, "dueAt")!)];
            await System.Threading.Tasks.Task.Delay(100, Token);
        }

        throw new TimeoutException($"The schedule did not make {count} tasks within 60 s.");
    }

    private Task<JsonElement> GetAsync(string path) => silo.Http.GetAsync(path, Token).ExpectAsync(HttpStatusCode.OK);
}
