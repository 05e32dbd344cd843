using System.Collections.Immutable;
using System.Text;
using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks;

[Collection(nameof(GrainCluster))]
public sealed class DurableTaskTests(GrainCluster cluster)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Submitted_RunsAndKeepsItsResult()
    {
        NewTask task = New("math.add", """{"operands":[40,2]}""");

        SubmitReply reply = await SubmitAsync(task);
        TaskInfo? done = await Partition(task.Id).WaitAsync(task.Id, s_patience);

        Assert.Null(reply.Error);
        Assert.Equal((TaskState.Succeeded, """{"result":42}"""), (done!.State, Encoding.UTF8.GetString(done.Output.Span)));
        Assert.True(done.FinishedAt >= done.StartedAt);
        Assert.Equal(done.State, (await Partition(task.Id).GetAsync(task.Id))!.State);
    }

    [Fact]
    public async Task Batch_EveryTaskEndsOnce()
    {
        ImmutableArray<NewTask> tasks = [.. Enumerable.Range(0, 500).Select(i => New("math.add", $$"""{"operands":[{{i}},1]}"""))];

        ImmutableArray<SubmitReply> replies = await cluster.Grains.GetGrain<ITaskPartitionGrain>(3).SubmitAsync(tasks);

        Assert.All(replies, reply => Assert.Null(reply.Error));
        for (int i = 0; i < tasks.Length; i++)
        {
            TaskInfo? done = await Partition(tasks[i].Id).WaitAsync(tasks[i].Id, s_patience);
            Assert.Equal($$"""{"result":{{i + 1}}}""", Encoding.UTF8.GetString(done!.Output.Span));
        }
    }

    private async Task<SubmitReply> SubmitAsync(NewTask task) => (await Partition(task.Id).SubmitAsync([task]))[0];

    private ITaskPartitionGrain Partition(TaskId id) => cluster.Grains.GetGrain<ITaskPartitionGrain>(id.Partition);

    private static NewTask New(string kind, string input) =>
        new() { Id = TaskId.New(3, TimeProvider.System), Kind = kind, Input = Encoding.UTF8.GetBytes(input) };
}
