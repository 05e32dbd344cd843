using Gristmill.Client.Operations;
using Gristmill.Client.Tasks;
using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Tests.Tasks;

public sealed class TaskWaiterTests
{
    private static readonly TaskId s_id = TaskId.New(0, TimeProvider.System);

    /// <summary>A call that ends at once each time would otherwise be made as fast as the processor can.</summary>
    [Theory]
    [InlineData(typeof(TaskCanceledException))]
    [InlineData(typeof(TimeoutException))]
    public async Task Call_ThatFailsAtOnce_IsMadeAgainAfterAPause(Type failure)
    {
        var time = new CountingTime();
        using var readiness = new Readiness(time, Options.Create(new GatewayOptions()), NullLogger<Readiness>.Instance);
        int calls = 0;
        ITaskPartitionGrain partition = Stub.Of<ITaskPartitionGrain>(_ => ++calls <= 3
            ? Task.FromException<TaskInfo?>((Exception)Activator.CreateInstance(failure)!)
            : Task.FromResult<TaskInfo?>(FakeTasks.Describe(s_id, TaskState.Succeeded)));

        TaskInfo? task = await new TaskWaiter(readiness, time).WaitAsync(partition, s_id, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal((TaskState.Succeeded, 4, 3), (task!.State, calls, time.Pauses));
    }

    /// <summary>Every pause is over at once, and counted.</summary>
    private sealed class CountingTime : TimeProvider
    {
        public int Pauses { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses++;
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
