using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Gristmill.Client.Tasks;
using Gristmill.Grains;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tests.Tasks;

public sealed class TaskGatewayTests
{
    private const string ATask = """{"kind":"k","input":{}}""";

    [Fact]
    public async Task Submit_WhoseAnswerIsLost_IsRepeatedAsTheSameTask()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        gateway.Tasks.LostAnswers = 2;

        JsonElement receipt = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", ATask), HttpStatusCode.Accepted);

        NewTask[] sent = [.. gateway.Tasks.Submissions.Select(call => call.Single())];
        Assert.Equal([false, true, true], sent.Select(task => task.IsRepeat));
        Assert.Single(sent.Select(task => task.Id).Distinct(), TaskId.Parse(receipt.GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task Submit_ThatTheStoreRefuses_IsAnsweredAtOnce_ButNotWhereAnEarlierCallMayHaveBeenStored()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        int refusals = 1;
        gateway.Tasks.Answer = task => refusals-- > 0
            ? throw new GrainCallException(new TaskError(ErrorCodes.StorageUnavailable, "No room.", IsTransient: true))
            : new SubmitReply(task.Id, TaskState.Queued);

        JsonElement refused = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", ATask), HttpStatusCode.ServiceUnavailable);
        Assert.Equal(("storage_unavailable", "No room."), (refused.GetProperty("code").GetString(), refused.GetProperty("detail").GetString()));
        Assert.Single(gateway.Tasks.Submissions);

        (gateway.Tasks.LostAnswers, refusals) = (1, 1);
        await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", ATask), HttpStatusCode.Accepted);
        NewTask[] sent = [.. gateway.Tasks.Submissions.Skip(1).Select(call => call.Single())];
        Assert.Equal([false, true, true], sent.Select(task => task.IsRepeat));
        Assert.Single(sent.Select(task => task.Id).Distinct());
    }

    [Fact]
    public async Task Submit_ThatMeetsAFullPartitionAfterALostAnswer_GoesOnUntilItIsKnown()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        gateway.Tasks.LostAnswers = 1;
        int refusals = 1;
        gateway.Tasks.Answer = task => refusals-- > 0
            ? new SubmitReply(task.Id, default, Error("queue_full"))
            : new SubmitReply(task.Id, TaskState.Queued);

        JsonElement receipt = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", ATask), HttpStatusCode.Accepted);

        NewTask[] sent = [.. gateway.Tasks.Submissions.Select(call => call.Single())];
        Assert.Equal([false, true, true], sent.Select(task => task.IsRepeat));
        Assert.Single(sent.Select(task => task.Id).Distinct(), TaskId.Parse(receipt.GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task Batch_OfWhichOneMeetsAFullPartitionAfterALostAnswer_RepeatsThatOneAlone()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        gateway.Tasks.LostAnswers = 1;
        int refusals = 1;
        gateway.Tasks.Answer = task => task.Kind == "k" && refusals-- > 0
            ? new SubmitReply(task.Id, default, Error("queue_full"))
            : new SubmitReply(task.Id, default, task.Kind == "bad" ? Error("invalid_input") : null);

        JsonElement[] entries =
            [.. (await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/batch", $$$"""[{{{ATask}}},{{{ATask}}},{"kind":"bad","input":{}}]"""), HttpStatusCode.Accepted)).EnumerateArray()];

        ImmutableArray<NewTask>[] calls = [.. gateway.Tasks.Submissions];
        Assert.Equal([3, 3, 1], calls.Select(call => call.Length));
        Assert.Equal((calls[0][0].Id, true), (calls[2][0].Id, calls[2][0].IsRepeat));
        Assert.Equal(calls[0].Take(2).Select(task => task.Id.ToString()), entries.Take(2).Select(entry => entry.GetProperty("id").GetString()));
        Assert.Equal("invalid_input", entries[2].GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task SubmitBatch_ThatStaysInDoubtAsAWhole_IsAnsweredWithTheIds()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        gateway.Tasks.LostAnswers = 1;
        Task? stopped = null;
        gateway.Tasks.Answer = task =>
        {
            stopped ??= gateway.StopAsync();
            return new SubmitReply(task.Id, default, Error("queue_full") with { IsTransient = true });
        };

        JsonElement[] entries =
            [.. (await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/batch", $"[{ATask},{ATask}]"), HttpStatusCode.Accepted)).EnumerateArray()];
        await stopped!;

        Assert.Equal(gateway.Tasks.Submissions.First().Select(task => task.Id.ToString()), entries.Select(entry => entry.GetProperty("id").GetString()));
        Assert.All(entries, entry => Assert.Equal("unavailable", entry.GetProperty("error").GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("queue_full")]
    [InlineData("storage_unavailable")]
    public async Task Submit_ThatStaysInDoubt_IsNotCalledRefused(string code)
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        gateway.Tasks.LostAnswers = 1;
        Task? stopped = null;
        gateway.Tasks.Answer = task =>
        {
            // Told to stop, the gateway gives up as it does when its patience is over.
            stopped ??= gateway.StopAsync();
            return new SubmitReply(task.Id, default, Error(code) with { IsTransient = true });
        };

        JsonElement problem = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", ATask), HttpStatusCode.ServiceUnavailable);
        await stopped!;

        Assert.Equal("unavailable", problem.GetProperty("code").GetString());
        Assert.StartsWith($"Task {gateway.Tasks.Submissions.First().Single().Id} may have been accepted", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_ThatCannotBeWaitedFor_IsAnsweredWithItsId_WhileTheResultIsAnError()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        gateway.Tasks.BeforeAsk = () => throw new GrainCallException(new TaskError(ErrorCodes.StorageUnavailable, "No disk.", IsTransient: true));

        JsonElement receipt = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks?wait=300ms", ATask), HttpStatusCode.Accepted);

        Assert.Equal(gateway.Tasks.Submissions.Single().Single().Id.ToString(), receipt.GetProperty("id").GetString());
        Assert.Equal("queued", receipt.GetProperty("status").GetString());
        await TaskGateway.BodyAsync(
            gateway.Http.GetAsync($"/tasks/{receipt.GetProperty("id").GetString()}/result?wait=300ms", TestContext.Current.CancellationToken),
            HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Wait_WhileTheStoreFails_GoesOnUntilItAnswers()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        int failures = 2;
        gateway.Tasks.BeforeAsk = () => _ = failures-- > 0
            ? throw new GrainCallException(new TaskError(ErrorCodes.StorageUnavailable, "No disk.", IsTransient: true))
            : 0;
        gateway.Tasks.Answer = task =>
        {
            gateway.Tasks.Set(FakeTasks.Describe(task.Id, TaskState.Succeeded));
            return new SubmitReply(task.Id, TaskState.Queued);
        };

        JsonElement task = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks?wait=5m", ATask), HttpStatusCode.OK);

        Assert.Equal("succeeded", task.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Submit_WithAKey_GoesToOnePartitionWithItsHash()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        for (int i = 0; i < 5; i++)
            await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", ATask, key: "order 1"), HttpStatusCode.Accepted);
        await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/batch", $"[{ATask},{ATask}]", key: "b"), HttpStatusCode.Accepted);
        await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", ATask, key: new string('k', 256)), HttpStatusCode.BadRequest);

        NewTask[] sent = [.. gateway.Tasks.Submissions.SelectMany(call => call)];
        Assert.Single(sent.Take(5).Select(task => (task.Id.Partition, task.IdempotencyKey, Convert.ToHexString(task.BodyHash.Span))).Distinct());
        Assert.Equal("anonymous\norder 1", sent[0].IdempotencyKey);
        Assert.Equal(["anonymous\nb#0", "anonymous\nb#1"], sent.Skip(5).Select(task => task.IdempotencyKey).Order(StringComparer.Ordinal));
        Assert.Equal(sent[0].BodyHash.ToArray(), sent[5].BodyHash.ToArray());
    }

    [Fact]
    public async Task Submit_WithADeadlineThatIsPast_IsForThePartitionToJudgeWhereThereIsAKey()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        const string Late = """{"kind":"k","input":{},"deadline":"2001-01-01T00:00:00Z"}""";

        JsonElement problem = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", Late), HttpStatusCode.BadRequest);
        await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/batch", $"[{Late}]"), HttpStatusCode.BadRequest);
        Assert.Empty(gateway.Tasks.Submissions);
        await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", Late, key: "a"), HttpStatusCode.Accepted);
        await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/batch", $"[{Late}]", key: "b"), HttpStatusCode.Accepted);

        Assert.Equal("must lie in the future", problem.GetProperty("errors").GetProperty("deadline")[0].GetString());
        Assert.Equal(2, gateway.Tasks.Submissions.Count);
    }

    [Theory]
    [InlineData("idempotency_mismatch", 422)]
    [InlineData("unknown_task_kind", 404)]
    [InlineData("invalid_input", 400)]
    [InlineData("queue_full", 503)]
    public async Task Submit_ThatIsRefused_SaysWhy(string code, int status)
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        gateway.Tasks.Answer = task => new SubmitReply(task.Id, default, Error(code));

        using HttpResponseMessage response = await gateway.PostAsync("/tasks", ATask);
        JsonElement problem = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(status == 503 ? TimeSpan.FromSeconds(3) : null, response.Headers.RetryAfter?.Delta);
        if (code == "invalid_input")
            Assert.Equal("is bad", problem.GetProperty("errors").GetProperty("input.x")[0].GetString());
        Assert.Null(response.Headers.Location);
    }

    [Fact]
    public async Task Submit_WithoutAKey_GoesToThePartitionThatHasRoom()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        gateway.Tasks.Answer = task => task.Id.Partition == 2 ? new SubmitReply(task.Id, TaskState.Queued) : new SubmitReply(task.Id, default, Error("queue_full"));

        for (int i = 0; i < 8; i++)
        {
            JsonElement receipt = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", ATask), HttpStatusCode.Accepted);
            Assert.Equal(2, TaskId.Parse(receipt.GetProperty("id").GetString()!).Partition);
        }

        int before = gateway.Tasks.Submissions.Count;
        string key = Enumerable.Range(0, 100).Select(i => $"{i}").First(key => TaskPartitions.Of($"anonymous\n{key}", 4) != 2);
        await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", ATask, key), HttpStatusCode.ServiceUnavailable);
        Assert.Equal(before + 1, gateway.Tasks.Submissions.Count);
    }

    [Fact]
    public async Task Submit_WhileAllPartitionsAreFull_TriesEachOnceASecond()
    {
        var time = new TimeThatIsSet();
        await using TaskGateway gateway = await TaskGateway.StartAsync(time);
        gateway.Tasks.Answer = task => new SubmitReply(task.Id, default, Error("queue_full"));

        List<int> calls = [];
        foreach (TimeSpan later in (TimeSpan[])[TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(2)])
        {
            time.Elapsed += later;
            int before = gateway.Tasks.Submissions.Count;
            await TaskGateway.BodyAsync(gateway.PostAsync("/tasks", ATask), HttpStatusCode.ServiceUnavailable);
            NewTask[] sent = [.. gateway.Tasks.Submissions.Skip(before).Select(call => call.Single())];
            Assert.Equal(sent.Length, sent.Select(task => task.Id.Partition).Distinct().Count());
            calls.Add(sent.Length);
        }

        Assert.Equal([4, 1, 1, 4], calls);
    }

    [Fact]
    public async Task Batch_OfGoodAndBadTasks_AnswersEachInOrderWithFewCalls()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        gateway.Tasks.Answer = task => task.Kind == "bad" ? new SubmitReply(task.Id, default, Error("invalid_input")) : new SubmitReply(task.Id, TaskState.Queued);
        string batch = $$$"""[{{{string.Join(',', Enumerable.Repeat(ATask, 100))}}},{"kind":"k"},{"kind":"bad","input":{}},{"kind":"last","input":{},"delay":60}]""";

        JsonElement[] entries = [.. (await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/batch", batch), HttpStatusCode.Accepted)).EnumerateArray()];

        Assert.Equal(102, Assert.Single(gateway.Tasks.Submissions).Length);
        Assert.Equal(103, entries.Length);
        Assert.Equal(gateway.Tasks.Submissions.Single()[^1].Id.ToString(), entries[^1].GetProperty("id").GetString());
        Assert.Equal("is required", entries[100].GetProperty("error").GetProperty("errors").GetProperty("input").GetString());
        Assert.Equal("is bad", entries[101].GetProperty("error").GetProperty("errors").GetProperty("input.x").GetString());
        Assert.False(entries[101].TryGetProperty("id", out _));

        Assert.Equal(4, await CallsOfAsync(gateway, 2_000));
    }

    [Theory]
    [InlineData("invalid_input", 400)]
    [InlineData("unknown_task_kind", 400)]
    [InlineData("queue_full", 503)]
    public async Task Batch_OfWhichNothingIsAccepted_IsAProblem(string code, int status)
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        gateway.Tasks.Answer = task => new SubmitReply(task.Id, default, Error(code));
        JsonElement problem = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/batch", $"[{ATask},{ATask},3]"), (HttpStatusCode)status);
        if (status == 400)
            Assert.Contains("[2]", problem.GetProperty("errors").EnumerateObject().Select(field => field.Name));
    }

    [Fact]
    public async Task Batch_OverTheSetting_Is413()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync(("Gateway:MaxTaskBatch", "2"));
        await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/batch", $"[{ATask},{ATask}]"), HttpStatusCode.Accepted);
        await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/batch", $"[{ATask},{ATask},{ATask}]"), HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Sweep_OverItsBound_SaysThatMoreIsLeftAndGoesOn()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync(("Gateway:MaxTaskBatch", "4"));
        for (int i = 0; i < 10; i++)
            gateway.Tasks.Set(FakeTasks.Describe(TaskId.New(i % 4, TimeProvider.System), i < 5 ? TaskState.Scheduled : TaskState.Running));

        List<int> cancelled = [];
        string query = "/tasks/cancel?since=2020-01-01T00:00:00Z";
        string next = query;
        bool more = true;
        while (more)
        {
            JsonElement answer = await TaskGateway.BodyAsync(gateway.PostAsync(next), HttpStatusCode.Accepted);
            cancelled.Add(answer.GetProperty("cancelled").GetInt32());
            more = answer.GetProperty("more").GetBoolean();
            next = more ? $"{query}&cursor={answer.GetProperty("cursor").GetString()}" : "";
        }

        Assert.Equal([4, 4, 2], cancelled);
        JsonElement retried = await TaskGateway.BodyAsync(
            gateway.PostAsync("/tasks/retry", """{"status":"cancelled","since":"2020-01-01T00:00:00Z"}"""), HttpStatusCode.Accepted);
        Assert.Equal(4, retried.GetProperty("retried").GetInt32());
    }

    [Fact]
    public async Task Sweep_ThatMeetsAFullPartition_SaysWhatWasDone_AndIsRefusedWhereNothingWas()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync(("Gateway:MaxTaskBatch", "4"));
        for (int i = 0; i < 10; i++)
            gateway.Tasks.Set(FakeTasks.Describe(TaskId.New(0, TimeProvider.System), TaskState.Failed));
        int room = 0;
        gateway.Tasks.AnswerToRetry = id => Interlocked.Decrement(ref room) >= 0
            ? new TaskReply(TaskId.New(0, TimeProvider.System), TaskState.Queued, Done: true)
            : new TaskReply(id, TaskState.Failed, Done: false, Error("queue_full"));

        JsonElement refused = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/retry?kind=k"), HttpStatusCode.ServiceUnavailable);
        room = 3;
        JsonElement part = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/retry?kind=k"), HttpStatusCode.Accepted);

        Assert.Equal("queue_full", refused.GetProperty("code").GetString());
        Assert.Equal((4, 3, true), (part.GetProperty("matched").GetInt32(), part.GetProperty("retried").GetInt32(), part.GetProperty("more").GetBoolean()));
        Assert.Equal("queue_full", part.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Sweep_OfWhichOnePartitionCannotBeReached_SaysWhatTheOthersDid_AndGoesOnBehind()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync(("Gateway:MaxTaskBatch", "8"));
        // Of any eight, each of the two partitions has some.
        TaskId[] ids = [.. Enumerable.Range(0, 12).Select(i => TaskId.New(i % 2, TimeProvider.System)).OrderDescending()];
        foreach (TaskId id in ids)
            gateway.Tasks.Set(FakeTasks.Describe(id, TaskState.Failed));
        gateway.Tasks.AnswerToRetry = id => id.Partition == 0
            ? new TaskReply(TaskId.New(id.Partition, TimeProvider.System), TaskState.Queued, Done: true)
            : throw new GrainCallException(new TaskError(ErrorCodes.Unavailable, "It moves.", IsTransient: true));

        JsonElement part = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/retry?kind=k"), HttpStatusCode.Accepted);
        string rest = $"/tasks/retry?kind=k&cursor={part.GetProperty("cursor").GetString()}";
        gateway.Tasks.AnswerToRetry = id => new TaskReply(id, TaskState.Queued, Done: true);
        JsonElement other = await TaskGateway.BodyAsync(gateway.PostAsync(rest), HttpStatusCode.Accepted);

        Assert.Equal((8, ids.Take(8).Count(id => id.Partition == 0), true), (part.GetProperty("matched").GetInt32(), part.GetProperty("retried").GetInt32(), part.GetProperty("more").GetBoolean()));
        Assert.Equal("unavailable", part.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal((4, 4, false), (other.GetProperty("matched").GetInt32(), other.GetProperty("retried").GetInt32(), other.GetProperty("more").GetBoolean()));
    }

    [Fact]
    public async Task Sweep_WhoseNextPageCannotBeRead_SaysWhatWasDone_AndIsRefusedWhereNothingWas()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        for (int i = 0; i < 1_001; i++)
            gateway.Tasks.Set(FakeTasks.Describe(TaskId.New(i % 4, TimeProvider.System), TaskState.Failed));
        var failure = new GrainCallException(new TaskError(ErrorCodes.StorageUnavailable, "No disk.", IsTransient: true));

        gateway.Tasks.BeforeList = _ => throw failure;
        JsonElement refused = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/retry?kind=k"), HttpStatusCode.ServiceUnavailable);
        gateway.Tasks.BeforeList = before => _ = before is null ? before : throw failure;
        JsonElement part = await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/retry?kind=k"), HttpStatusCode.Accepted);
        gateway.Tasks.BeforeList = _ => { };
        JsonElement rest = await TaskGateway.BodyAsync(gateway.PostAsync($"/tasks/retry?kind=k&cursor={part.GetProperty("cursor").GetString()}"), HttpStatusCode.Accepted);

        Assert.Equal("storage_unavailable", refused.GetProperty("code").GetString());
        Assert.Equal((1_000, "storage_unavailable"), (part.GetProperty("retried").GetInt32(), part.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal((1, 1), (rest.GetProperty("matched").GetInt32(), rest.GetProperty("retried").GetInt32()));
    }

    [Theory]
    [InlineData("/tasks/cancel", null)]
    [InlineData("/tasks/cancel", "{}")]
    [InlineData("/tasks/cancel?status=succeeded", null)]
    [InlineData("/tasks/retry?status=running", null)]
    [InlineData("/tasks/retry?kind=a", """{"tag":"b"}""")]
    [InlineData("/tasks/retry?kind=a&cursor=AAAA", null)]
    [InlineData("/tasks/cancel?kind=a&tags=b", null)]
    [InlineData("/tasks/cancel?kind=a&tag=", null)]
    [InlineData("/tasks/cancel?kind=a&limit=1", null)]
    [InlineData("/tasks/retry", """{"kinds":"b"}""")]
    [InlineData("/tasks/retry", """{"owner":"b"}""")]
    [InlineData("/tasks/retry", """{"since":"\ud800"}""")]
    [InlineData("/tasks/retry", """{"since":5}""")]
    public async Task Sweep_WithoutAClearFilter_DoesNothing(string path, string? body)
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        await TaskGateway.BodyAsync(gateway.PostAsync(path, body), HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Events_OfATask_AreFollowedAndReplayed()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        TaskId id = TaskId.New(1, TimeProvider.System);
        gateway.Tasks.Set(FakeTasks.Describe(id, TaskState.Queued));

        Task<string> followed = gateway.Http.GetStringAsync($"/tasks/{id}/events", TestContext.Current.CancellationToken);
        await gateway.Tasks.Watched.Task;
        gateway.Tasks.Set(FakeTasks.Describe(id, TaskState.Running) with { Progress = 0.25 });
        await gateway.Tasks.Watched.Task;
        gateway.Tasks.Set(FakeTasks.Describe(id, TaskState.Succeeded));

        string[] lines = (await followed).Split('\n');
        Assert.Equal(["id: 1", "id: 2", "id: 3"], lines.Where(line => line.StartsWith("id:", StringComparison.Ordinal)));
        Assert.Contains("""data: {"progress":0.25}""", lines);
        Assert.Contains("\"status\":\"succeeded\"", lines.Last(line => line.StartsWith("data:", StringComparison.Ordinal)), StringComparison.Ordinal);

        Assert.Equal(["id: 3"], (await ReplayAsync(gateway, id, "2")).Split('\n').Where(line => line.StartsWith("id:", StringComparison.Ordinal)));
        Assert.Equal("204", await ReplayAsync(gateway, id, "3"));
        foreach (string wrong in new[] { "4", "-1", "x", "99999999999999999999" })
            Assert.Equal("400", await ReplayAsync(gateway, id, wrong));
    }

    [Fact]
    public async Task Events_AskedForByHead_HaveTheHeadersOfTheStreamAndNoStream()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync();
        TaskId id = TaskId.New(1, TimeProvider.System);
        gateway.Tasks.Set(FakeTasks.Describe(id, TaskState.Queued));

        // The task does not end: an answer that followed it would not come.
        using HttpResponseMessage response = await HeadAsync(gateway, id, null);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.False(gateway.Tasks.Watched.Task.IsCompleted);

        gateway.Tasks.Set(FakeTasks.Describe(id, TaskState.Succeeded));
        foreach ((string lastId, int status) in new[] { ("2", 200), ("3", 204), ("4", 400) })
        {
            using HttpResponseMessage over = await HeadAsync(gateway, id, lastId);
            Assert.Equal((HttpStatusCode)status, over.StatusCode);
        }

        using HttpResponseMessage unknown = await HeadAsync(gateway, TaskId.New(1, TimeProvider.System), null);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Stop_WithWaitingClients_AnswersThemAtOnce()
    {
        await using TaskGateway gateway = await TaskGateway.StartAsync(("Gateway:GracePeriod", "00:01:00"));
        TaskId id = TaskId.New(1, TimeProvider.System);
        gateway.Tasks.Set(FakeTasks.Describe(id, TaskState.Running));

        Task<string> events = gateway.Http.GetStringAsync($"/tasks/{id}/events", TestContext.Current.CancellationToken);
        await gateway.Tasks.Watched.Task;
        Task<HttpResponseMessage> result = gateway.Http.GetAsync($"/tasks/{id}/result?wait=5m", TestContext.Current.CancellationToken);
        await gateway.Tasks.Waited.Task;

        // Far below the wait and the grace period: a stop that waited for either would be cut off here.
        await gateway.StopAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.EndsWith("\n\n", await events, StringComparison.Ordinal);
        JsonElement receipt = await TaskGateway.BodyAsync(result, HttpStatusCode.Accepted);
        Assert.Equal("running", receipt.GetProperty("status").GetString());
    }

    /// <summary>A clock whose spans are what a test says; nothing else of it differs.</summary>
    private sealed class TimeThatIsSet : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;
    }

    private static async Task<string> ReplayAsync(TaskGateway gateway, TaskId id, string lastId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/tasks/{id}/events") { Headers = { { "Last-Event-ID", lastId } } };
        using HttpResponseMessage response = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode == HttpStatusCode.OK
            ? await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
            : ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<HttpResponseMessage> HeadAsync(TaskGateway gateway, TaskId id, string? lastId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/tasks/{id}/events");
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        return await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static async Task<int> CallsOfAsync(TaskGateway gateway, int tasks)
    {
        int before = gateway.Tasks.Submissions.Count;
        await TaskGateway.BodyAsync(gateway.PostAsync("/tasks/batch", $"[{string.Join(',', Enumerable.Repeat(ATask, tasks))}]"), HttpStatusCode.Accepted);
        return gateway.Tasks.Submissions.Count - before;
    }

    private static TaskError Error(string code) => new(code, "No.", IsTransient: code == "queue_full")
    {
        Fields = code == "invalid_input" ? new Dictionary<string, string> { ["input.x"] = "is bad" }.ToImmutableDictionary() : ImmutableDictionary<string, string>.Empty,
        RetryAfter = code == "queue_full" ? TimeSpan.FromSeconds(3) : null,
    };
}
