using System.Collections.Immutable;
using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class SubmissionTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    private static readonly byte[] s_body = [1, 2, 3];

    [Fact]
    public async Task HundredSubmissionsWithOneKey_MakeOneTask()
    {
        SubmitReply[] replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => TrySubmitAsync(Keyed("same"))));

        Assert.All(replies, reply => Assert.Null(reply.Error));
        Assert.Single(replies.Select(reply => reply.Id).Distinct());
        Assert.Single(await LocalExecutor().LeaseAsync(credit: 100));
    }

    [Fact]
    public async Task OneBatchWithOneKeyTwice_MakesOneTask()
    {
        ImmutableArray<SubmitReply> replies = await Tasks.SubmitAsync([Keyed("same"), New(), Keyed("same"), Keyed("other")]);

        Assert.Equal(replies[0].Id, replies[2].Id);
        Assert.Equal(3, (await LocalExecutor().LeaseAsync(credit: 100)).Length);
    }

    [Fact]
    public async Task KeyOfAnotherRequest_IsRefused()
    {
        TaskId id = await SubmitAsync(Keyed("key"));

        SubmitReply reply = await TrySubmitAsync(Keyed("key") with { BodyHash = new byte[] { 9 } });

        Assert.Equal((id, ErrorCodes.IdempotencyMismatch, false), (reply.Id, reply.Error!.Code, reply.Error.IsTransient));
    }

    [Fact]
    public async Task TaskThatIsThere_IsAnswered_WhateverHasBecomeOfItsDeadlineOrKind()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        TaskId id = await SubmitAsync(Keyed("key"));
        NewTask plain = New();
        await SubmitAsync(plain);

        Assert.Equal(new SubmitReply(id, TaskState.Queued), await TrySubmitAsync(Keyed("key") with { Deadline = now.AddDays(-1) }));
        Assert.Equal(new SubmitReply(id, TaskState.Queued), await TrySubmitAsync(Keyed("key") with { Kind = "kind.that.is.gone" }));
        Assert.Equal(new SubmitReply(plain.Id, TaskState.Queued), await TrySubmitAsync(plain with { Kind = "kind.that.is.gone", IsRepeat = true }));
    }

    [Fact]
    public async Task KeyThatNobodyUsed_WithWhatIsRefused_LeavesNothing()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        NewTask task = Keyed("key");

        SubmitReply late = await TrySubmitAsync(task with { Deadline = now.AddDays(-1) });
        SubmitReply tooEarly = await TrySubmitAsync(task with { RunAt = now.AddDays(2), Deadline = now.AddDays(1) });
        SubmitReply unknown = await TrySubmitAsync(task with { Kind = "kind.that.is.gone" });
        SubmitReply unstorable = await TrySubmitAsync(task with { IdempotencyKey = "\0" });

        Assert.Equal(("deadline: must lie in the future", "deadline"), (late.Error!.Message, Assert.Single(late.Error.Fields.Keys)));
        Assert.Equal(("deadline: must lie after the time to run at", "deadline"), (tooEarly.Error!.Message, Assert.Single(tooEarly.Error.Fields.Keys)));
        Assert.Equal(ErrorCodes.UnknownTaskKind, unknown.Error!.Code);
        Assert.Equal("Idempotency-Key", Assert.Single(unstorable.Error!.Fields.Keys));
        Assert.Null(await Tasks.GetAsync(task.Id));
        Assert.Null((await TrySubmitAsync(task)).Error);
    }

    [Fact]
    public async Task KeyOfATaskThatIsOver_AnswersIt_AlsoAfterAReactivation()
    {
        TaskId id = await SubmitAsync(Keyed("key"));
        TestExecutor executor = LocalExecutor();
        await executor.CompleteAsync(await executor.TakeAsync());

        Assert.Equal(new SubmitReply(id, TaskState.Succeeded), await TrySubmitAsync(Keyed("key")));
        await ReopenAsync();
        Assert.Equal(new SubmitReply(id, TaskState.Succeeded), await TrySubmitAsync(Keyed("key")));
    }

    [Fact]
    public async Task RepeatById_AnswersTheTaskThatIsThere_OrMakesIt()
    {
        NewTask task = New() with { IsRepeat = true };
        Assert.Equal(new SubmitReply(task.Id, TaskState.Queued), await TrySubmitAsync(task));
        Assert.Equal(new SubmitReply(task.Id, TaskState.Queued), await TrySubmitAsync(task));
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();
        Assert.Equal(new SubmitReply(task.Id, TaskState.Running), await TrySubmitAsync(task));
        await executor.CompleteAsync(grant);

        Assert.Equal(new SubmitReply(task.Id, TaskState.Succeeded), await TrySubmitAsync(task));
        Assert.Empty(await executor.LeaseAsync(patience: TimeSpan.Zero));
    }

    [Fact]
    public async Task TaskThatIsOver_SubmittedAgainUnmarked_IsAnswered_AndHurtsNobodyInItsGroup()
    {
        NewTask over = New();
        await SubmitAsync(over);
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();
        await executor.CompleteAsync(grant);
        NewTask waiting = New();
        await SubmitAsync(waiting);
        long epoch = (await GetAsync(waiting.Id)).Version >> 32;

        // All that arrives while one group is under way is the next one.
        StorePause pause = Store.PauseNextCommit(Partition);
        Task<SubmitReply> first = TrySubmitAsync(New());
        await pause.Reached;
        NewTask other = New();
        Task<ImmutableArray<SubmitReply>> again = Tasks.SubmitAsync([over, other]);
        Task<CompletionReply> completed = executor.CompleteAsync(grant);
        Task<TaskReply> cancelled = CancelAsync(waiting.Id);
        pause.Release();

        Assert.Null((await first).Error);
        Assert.Equal([new SubmitReply(over.Id, TaskState.Succeeded), new SubmitReply(other.Id, TaskState.Queued)], await again);
        Assert.Equal(CompletionReply.AlreadyRecorded, await completed);
        Assert.Equal((TaskState.Cancelled, true), ((await cancelled).State, (await cancelled).Done));
        Assert.Equal(epoch, (await GetAsync(other.Id)).Version >> 32);
        Assert.Equal(new SubmitReply(over.Id, TaskState.Succeeded), await TrySubmitAsync(over));
    }

    [Fact]
    public async Task HundredRepeatsOfOneTask_MakeOneTask()
    {
        NewTask task = New() with { IsRepeat = true };

        SubmitReply[] replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => TrySubmitAsync(task)));

        Assert.All(replies, reply => Assert.Equal((task.Id, null), (reply.Id, reply.Error)));
        Assert.Single(await LocalExecutor().LeaseAsync(credit: 100));
    }

    [Fact]
    public async Task Batch_TakesTheGoodAndTellsTheBad()
    {
        NewTask good = New();
        NewTask unknown = New() with { Kind = "math.ad" };
        NewTask invalid = New("""{"operands":"none"}""");
        NewTask largeInvalid = New($$"""{"operands":[{{string.Join(',', Enumerable.Repeat("1234567", 5_000))}},"x"]}""");
        NewTask binary = New() with { Kind = "string.reverse", Format = PayloadFormat.Binary };
        NewTask tagged = New() with { Tags = ["a\0b"] };
        NewTask keyed = New() with { QueueKey = "\0" };
        NewTask last = New();

        ImmutableArray<SubmitReply> replies = await Tasks.SubmitAsync([good, unknown, invalid, largeInvalid, binary, tagged, keyed, last]);

        Assert.Equal(
            [
                null, ErrorCodes.UnknownTaskKind, ErrorCodes.InvalidInput, ErrorCodes.InvalidInput, ErrorCodes.InvalidInput, ErrorCodes.InvalidInput,
                ErrorCodes.InvalidInput, null,
            ],
            replies.Select(reply => reply.Error?.Code));
        Assert.True(replies[2].Error!.Fields.ContainsKey("input.operands"));
        Assert.Equal(new[] { good.Id, last.Id }.Order(), (await LocalExecutor().LeaseAsync(credit: 100)).Select(grant => grant.Id).Order());
        Assert.Null(await Tasks.GetAsync(invalid.Id));
    }

    [Fact]
    public async Task FullPartition_RefusesMore_UntilTasksEnd()
    {
        ImmutableArray<NewTask> tasks = [.. Enumerable.Range(0, LeaseCluster.LiveTasks + 1).Select(_ => New())];

        ImmutableArray<SubmitReply> replies = await Tasks.SubmitAsync(tasks);

        Assert.All(replies[..^1], reply => Assert.Null(reply.Error));
        Assert.Equal((ErrorCodes.QueueFull, true), (replies[^1].Error!.Code, replies[^1].Error!.IsTransient));
        Assert.NotNull(replies[^1].Error!.RetryAfter);
        Assert.Equal(ErrorCodes.QueueFull, (await TrySubmitAsync(Keyed("key"))).Error!.Code);
        TestExecutor executor = LocalExecutor();
        await executor.CompleteAsync(await executor.TakeAsync());

        Assert.Null((await TrySubmitAsync(Keyed("key"))).Error);
    }

    [Fact]
    public async Task TaskOfAnotherPartition_IsRefused_AndNothingOfItsBatchTaken()
    {
        NewTask ours = Keyed("key");

        await Assert.ThrowsAnyAsync<Exception>(() => Tasks.SubmitAsync([ours, New() with { Id = TaskId.New(0, TimeProvider.System) }]));

        Assert.Null(await Tasks.GetAsync(ours.Id));
    }

    private NewTask Keyed(string key) => New() with { IdempotencyKey = key, BodyHash = s_body };
}
