using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks.Partitions;

/// <summary>Makes tasks for tests of what lies within a partition; ids rise.</summary>
internal static class ReadyTasks
{
    private static long s_lastId;

    public static LiveTask New(
        string queue = "default", int priority = 5, string kind = "math.add", long? owner = null, string? key = null, TimeSpan? deadline = null,
        TimeSpan? readyAt = null)
    {
        ulong milliseconds = (ulong)ManualTime.Start.ToUnixTimeMilliseconds();
        return new LiveTask(new StoredTask
        {
            Id = new TaskId(new UInt128(milliseconds << 16, (ulong)Interlocked.Increment(ref s_lastId))),
            Kind = kind,
            Queue = queue,
            QueueKey = key,
            Priority = priority,
            Owner = owner,
            Deadline = deadline is { } at ? ManualTime.Start + at : null,
            Progress = new TaskProgress { State = TaskState.Queued, DueAt = ManualTime.Start + (readyAt ?? TimeSpan.Zero) },
        });
    }

    public static TaskProgress In(this LiveTask task, TaskState state) => task.Progress with { State = state };
}
