using Gristmill.Client.Tasks;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tests.Tasks;

public sealed class TaskEventsTests
{
    private static readonly TaskId s_id = TaskId.New(0, TimeProvider.System);
    private static readonly DateTimeOffset s_start = s_id.CreatedAt;
    private static readonly TaskError s_error = new("overflow", "too large", IsTransient: false);

    public static TheoryData<string, string> Lives => new()
    {
        { "queued running succeeded", "queued running succeeded" },
        { "scheduled queued running succeeded", "scheduled queued running succeeded" },
        { "queued running retry queued running succeeded", "queued running scheduled queued running succeeded" },
        { "queued running retry queued running failed", "queued running scheduled queued running failed" },
        { "queued running retry retrying-cancelled", "queued running scheduled cancelled" },
        { "queued running queued running succeeded", "queued running succeeded" },
        { "scheduled cancelled", "scheduled cancelled" },
        { "queued expired", "queued expired" },
        { "queued running cancelled", "queued running cancelled" },
        { "queued running failed-and-cancelled", "queued running cancelled" },
    };

    [Theory]
    [MemberData(nameof(Lives))]
    public void Life_FollowedOrToldAfterwards_HasTheSameEvents(string steps, string expected)
    {
        TaskInfo[] life = Live(steps.Split(' '));

        // A client that is told of every change, and hears only what is new to it.
        List<TaskEvent> followed = [];
        foreach (TaskInfo task in life)
            followed.AddRange(TaskEvents.Of(task).Where(e => followed.Count == 0 || e.Id > followed[^1].Id));
        Assert.Equal(expected, string.Join(' ', followed.Select(e => e.View.Status)));
        Assert.True(followed[^1].Id <= TaskEvents.HighestId(life[^1]));

        // One that comes at the end, and one that comes back after each event.
        List<TaskEvent> told = TaskEvents.Of(life[^1]);
        Assert.Equal(followed.Select(e => (e.Id, e.View.Status, e.View.Attempt)), told.Select(e => (e.Id, e.View.Status, e.View.Attempt)));
        Assert.Equal(told.OrderBy(e => e.Id), told);
    }

    [Fact]
    public void Attempts_AreAllShownOnce()
    {
        TaskInfo succeeded = Live("queued running retry queued running succeeded".Split(' '))[^1];
        TaskInfo failed = Live("queued running retry queued running failed".Split(' '))[^1];
        TaskInfo running = Live("queued running retry queued running".Split(' '))[^1];
        TaskInfo waiting = Live("queued running retry".Split(' '))[^1];

        Assert.Equal(["overflow", null], TaskView.Of(succeeded).AttemptHistory!.Select(attempt => attempt.Error?.Code));
        Assert.Equal(["overflow", "overflow"], TaskView.Of(failed).AttemptHistory!.Select(attempt => attempt.Error?.Code));
        Assert.Equal([false, true], TaskView.Of(running).AttemptHistory!.Select(attempt => attempt.EndedAt is null));
        Assert.Equal(1, TaskView.Of(waiting).Attempts);
    }

    // What a partition makes of each step, a second after the other.
    private static TaskInfo[] Live(string[] steps)
    {
        List<TaskInfo> life = [];
        for (int i = 0; i < steps.Length; i++)
        {
            DateTimeOffset now = s_start.AddSeconds(5 * i);
            TaskInfo before = life.Count > 0 ? life[^1] : new TaskInfo
            {
                Id = s_id, Kind = "k", Queue = "q", Priority = 5, Timeout = TimeSpan.FromMinutes(5), MaxAttempts = 3, State = TaskState.Queued, DueAt = s_start,
            };
            TaskInfo recorded = before with
            {
                Error = s_error,
                FailedAttempts = before.StartedAt is { } startedAt ? before.FailedAttempts.Add(new TaskAttemptInfo(startedAt, now, "s", s_error)) : [],
            };
            life.Add(steps[i] switch
            {
                "scheduled" => before with { State = TaskState.Scheduled, DueAt = s_start.AddSeconds(5) },
                "queued" => before with { State = TaskState.Queued },
                "running" => before with { State = TaskState.Running, StartedAt = now, Silo = "s" },
                "retry" => recorded with { State = TaskState.Scheduled, DueAt = now.AddSeconds(5) },
                "succeeded" => before with { State = TaskState.Succeeded, FinishedAt = now, Error = null },
                "failed" => recorded with { State = TaskState.Failed, FinishedAt = now },
                "failed-and-cancelled" => recorded with { State = TaskState.Cancelled, FinishedAt = now },
                "cancelled" => before with { State = TaskState.Cancelled, FinishedAt = now.AddSeconds(-1), Error = s_error },
                // As soon as can be after the attempt, which ended with the step before.
                "retrying-cancelled" => before with { State = TaskState.Cancelled, FinishedAt = now.AddSeconds(-5).AddMilliseconds(1), Error = s_error },
                "expired" => before with { State = TaskState.Expired, FinishedAt = now, Error = s_error },
                _ => throw new ArgumentException(steps[i]),
            });
        }

        return [.. life];
    }
}
