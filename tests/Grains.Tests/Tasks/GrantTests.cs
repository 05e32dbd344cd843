using System.Collections.Immutable;
using System.Text;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class GrantTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    private static readonly TaskError s_failure = new(ErrorCodes.HandlerFailed, "It broke.", IsTransient: false);

    [Fact]
    public async Task Grant_IsStoredBeforeItIsAnswered()
    {
        TaskId id = await SubmitAsync();
        StorePause pause = Store.PauseNextCommit(Partition);
        TestExecutor executor = LocalExecutor();

        Task<TaskGrant> taking = executor.TakeAsync();
        await pause.Reached;
        Assert.Equal(TaskState.Queued, (await GetAsync(id)).State);
        Assert.False(taking.IsCompleted);
        pause.Release();
        TaskGrant grant = await taking;

        TaskProgress row = (await RowAsync(id)).Progress;
        Assert.Equal((TaskState.Running, grant.Number, executor.Name), (row.State, row.Grant, row.Executor));
        Assert.Equal((1, 1, false), (grant.Number, grant.Attempt, grant.Alone));
    }

    [Fact]
    public async Task Submission_IsStoredBeforeItIsAnswered()
    {
        StorePause pause = Store.PauseNextCommit(Partition);
        NewTask task = New();

        Task<TaskId> submitting = SubmitAsync(task);
        await pause.Reached;
        Assert.Null(await Tasks.GetAsync(task.Id));
        Assert.False(submitting.IsCompleted);
        pause.Release();

        Assert.Equal(task.Id, await submitting);
        Assert.Equal(TaskState.Queued, (await RowAsync(task.Id)).Progress.State);
    }

    [Fact]
    public async Task Completion_IsStoredBeforeItIsAnsweredOrShown()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();
        Task<TaskInfo> ending = EndAsync(id);
        StorePause pause = Store.PauseNextCommit(Partition);

        Task<CompletionReply> completing = executor.CompleteAsync(grant);
        await pause.Reached;
        Assert.Equal(TaskState.Running, (await GetAsync(id)).State);
        Assert.False(completing.IsCompleted || ending.IsCompleted);
        pause.Release();

        Assert.Equal(CompletionReply.Recorded, await completing);
        Assert.Equal(TaskState.Succeeded, (await ending).State);
        Assert.Equal(TaskState.Succeeded, (await RowAsync(id)).Progress.State);
    }

    [Fact]
    public async Task TaskForAWaitingExecutor_TakesTwoCommits()
    {
        TestExecutor executor = LocalExecutor();
        Task<TaskGrant> taking = executor.TakeAsync();
        // Answered after the request has begun to wait: calls of one caller arrive in order.
        await executor.HeartbeatAsync();
        int before = Store.Commits(Partition);

        TaskId id = await SubmitAsync();
        await executor.CompleteAsync(await taking);

        Assert.Equal(TaskState.Succeeded, (await GetAsync(id)).State);
        Assert.Equal(2, Store.Commits(Partition) - before);
    }

    [Fact]
    public async Task Completion_Repeated_IsAlreadyRecorded_AndOneOfAnOldGrantRefused()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskGrant first = await executor.TakeAsync();

        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(first, GrantEnd.Failed, s_failure));
        Assert.Equal(CompletionReply.AlreadyRecorded, await executor.CompleteAsync(first, GrantEnd.Failed, s_failure));

        TestExecutor other = RemoteExecutor();
        TaskGrant second = await other.TakeAsync();
        Assert.Equal((id, 2, 2), (second.Id, second.Number, second.Attempt));
        Assert.Equal(CompletionReply.Refused, await executor.CompleteAsync(first));
        Assert.Equal(TaskState.Running, (await GetAsync(id)).State);

        Assert.Equal(
            [CompletionReply.Recorded, CompletionReply.AlreadyRecorded, CompletionReply.Refused],
            await other.CompleteAsync([TestExecutor.End(second), TestExecutor.End(second), TestExecutor.End(first)]));
        Assert.Equal(CompletionReply.AlreadyRecorded, await other.CompleteAsync(second, GrantEnd.Failed, s_failure));
        Assert.Equal(CompletionReply.Refused, await executor.CompleteAsync(first, GrantEnd.Failed, s_failure));

        StoredTask row = await RowAsync(id);
        Assert.Equal((TaskState.Succeeded, 1, null), (row.Progress.State, row.Progress.Failures, row.Progress.Error));
    }

    [Fact]
    public async Task Completion_OfATaskThatIsNotThere_IsRefused()
    {
        await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();

        Assert.Equal(CompletionReply.Refused, await executor.CompleteAsync(grant with { Id = New().Id }));
    }

    [Fact]
    public async Task Completion_OfAnotherPartition_HarmsNobody()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => executor.CompleteAsync(
            [TestExecutor.End(grant), TestExecutor.End(grant with { Id = TaskId.New(0, TimeProvider.System) })]));

        Assert.Equal(TaskState.Running, (await GetAsync(id)).State);
        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(grant));
    }

    [Fact]
    public async Task Returned_WaitsAgainAtNoCost()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();

        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(await executor.TakeAsync(), GrantEnd.Returned, s_failure));

        TaskGrant again = await executor.TakeAsync();
        Assert.Equal((id, 2, 1), (again.Id, again.Number, again.Attempt));
        Assert.Empty((await GetAsync(id)).FailedAttempts);
    }

    [Fact]
    public async Task ManyTasks_AreAskedOfTheStoreAtOnce()
    {
        string large = $$"""{"operands":[{{string.Join(',', Enumerable.Repeat("1234567", 200))}}]}""";
        await SubmitAsync();
        await Tasks.SubmitAsync([.. Enumerable.Range(0, 10).Select(_ => New(large))]);
        TestExecutor executor = LocalExecutor();
        ImmutableArray<TaskGrant> grants = [];
        int inputs = await ReadsOfAsync(async () => grants = await executor.LeaseAsync(credit: 11));
        Assert.Equal(10, grants.Count(grant => Encoding.UTF8.GetString(grant.Input.Span) == large));

        ImmutableArray<TaskId> over = [.. (await Tasks.SubmitAsync([.. Enumerable.Range(0, 10).Select(_ => New())])).Select(reply => reply.Id)];
        Assert.All(await Tasks.CancelAsync(over), reply => Assert.True(reply.Done));
        int cancels = await ReadsOfAsync(async () => Assert.All(await Tasks.CancelAsync(over), reply => Assert.Equal(TaskState.Cancelled, reply.State)));
        int completions = await ReadsOfAsync(async () => Assert.All(
            await executor.CompleteAsync([.. over.Select(id => new TaskCompletion(id, 1, GrantEnd.Returned, default, null))]),
            reply => Assert.Equal(CompletionReply.Refused, reply)));
        int retries = await ReadsOfAsync(async () => Assert.All(await Tasks.RetryAsync(over), reply => Assert.True(reply.Done)));

        Assert.Equal((1, 1, 1, 1), (inputs, cancels, completions, retries));
    }

    [Fact]
    public async Task Lease_GrantsByPriority_UpToTheCredit_WithoutRefusedKinds()
    {
        TaskId low = await SubmitAsync(New() with { Priority = 1 });
        TaskId high = await SubmitAsync(New() with { Priority = 9 });
        TaskId refused = await SubmitAsync(New() with { Kind = "math.multiply", Priority = 9 });
        TaskId normal = await SubmitAsync();
        TestExecutor executor = LocalExecutor();

        ImmutableArray<TaskGrant> two = await executor.LeaseAsync(credit: 2, patience: null, "math.multiply");
        ImmutableArray<TaskGrant> rest = await executor.LeaseAsync(credit: 10);

        Assert.Equal([high, normal], two.Select(grant => grant.Id));
        Assert.Equal([refused, low], rest.Select(grant => grant.Id));
    }

    [Fact]
    public async Task Lease_AskedAgain_EndsTheFirstRequest()
    {
        TestExecutor executor = LocalExecutor();
        Task<ImmutableArray<TaskGrant>> first = executor.LeaseAsync();
        await executor.HeartbeatAsync();

        Task<TaskGrant> second = executor.TakeAsync();

        Assert.Empty(await first);
        TaskId id = await SubmitAsync();
        Assert.Equal(id, (await second).Id);
    }

    [Fact]
    public async Task Lease_OutOfPatience_LosesNoTask()
    {
        TestExecutor executor = LocalExecutor();
        Assert.Empty(await executor.LeaseAsync(patience: TimeSpan.Zero));
        TaskId id = await SubmitAsync();

        Assert.Equal(id, Assert.Single(await executor.LeaseAsync(patience: TimeSpan.Zero)).Id);
    }

    [Fact]
    public async Task Lease_OutOfPatienceWhileItsGrantIsBeingStored_IsAnsweredWithIt()
    {
        TaskId id = await SubmitAsync();
        StorePause pause = Store.PauseNextCommit(Partition);
        TestExecutor executor = LocalExecutor();

        Task<ImmutableArray<TaskGrant>> leasing = executor.LeaseAsync(patience: TimeSpan.Zero);
        await pause.Reached;
        await executor.HeartbeatAsync();
        pause.Release();

        Assert.Equal(id, Assert.Single(await leasing).Id);
    }

    [Fact]
    public async Task Lease_WhoseGrantWasNotStored_GetsItLater()
    {
        TaskId id = await SubmitAsync();
        Store.FailNextCommit(Partition, new StorageUnavailableException("Full."));

        TaskGrant grant = await LocalExecutor().TakeAsync();

        Assert.Equal((id, 1), (grant.Id, grant.Number));
    }

    [Fact]
    public async Task Lease_OfManyBytes_IsAnsweredInParts()
    {
        string input = $$"""{"operands":[1]{{new string(' ', 3 * 1024 * 1024)}}}""";
        await Tasks.SubmitAsync([New(input), New(input), New(input)]);
        TestExecutor executor = LocalExecutor();

        Assert.Equal(2, (await executor.LeaseAsync(credit: 10)).Length);
        Assert.Single(await executor.LeaseAsync(credit: 10));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(2_000)]
    [InlineData(40_000)]
    public async Task LongInput_ArrivesWhole_AlsoAfterAReactivation(int length)
    {
        string input = $$"""{"operands":[{{new string('1', 10)}},{{string.Join(',', Enumerable.Repeat("1234567", length / 8))}}]}""";
        NewTask task = New(input);
        await SubmitAsync(task);
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();
        Assert.Equal(task.Input.ToArray(), grant.Input.ToArray());
        await executor.CompleteAsync(grant, GrantEnd.Returned);

        await ReopenAsync();

        Assert.Equal(task.Input.ToArray(), (await executor.TakeAsync()).Input.ToArray());
    }

    private async Task<int> ReadsOfAsync(Func<Task> step)
    {
        int before = Store.Reads(Partition);
        await step();
        return Store.Reads(Partition) - before;
    }
}
