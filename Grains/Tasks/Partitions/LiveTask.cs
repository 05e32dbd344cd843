using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

/// <summary>A task that is not over, as its partition holds it in memory: always what is committed. Used within the partition's turns.</summary>
internal sealed class LiveTask(StoredTask stored)
{
    private TaskCompletionSource? _changed;

    /// <summary>The row as it is committed; a long input is left out.</summary>
    public StoredTask Stored { get; private set; } = stored;

    public TaskId Id => Stored.Id;

    public TaskProgress Progress => Stored.Progress;

    /// <summary>When the partition next has to look at it by itself; null when it need not.</summary>
    public DateTimeOffset? Alarm { get; set; }

    /// <summary>The executor that holds its grant; null unless it runs.</summary>
    public ExecutorLease? Holder { get; set; }

    /// <summary>Heartbeats in a row that did not name the grant.</summary>
    public int MissedHeartbeats { get; set; }

    /// <summary>What the running handler reported last.</summary>
    public double HandlerProgress { get; private set; }

    /// <summary>Changes since the partition was opened.</summary>
    public int Version { get; private set; }

    /// <summary>Completes at the next change.</summary>
    public Task Changed => (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Where the task stands in the <see cref="ReadyQueue"/>, which alone sets it.</summary>
    public ReadyPlace Place;

    public void Advance(StoredTask stored)
    {
        if (stored.Progress.Grant != Progress.Grant)
        {
            HandlerProgress = 0;
            MissedHeartbeats = 0;
        }

        Stored = stored;
        Version++;
        Wake();
    }

    public void Report(double progress)
    {
        if (progress == HandlerProgress)
            return;
        HandlerProgress = progress;
        Version++;
        Wake();
    }

    /// <summary>Lets go of all who wait for a change.</summary>
    public void Wake()
    {
        TaskCompletionSource? changed = _changed;
        _changed = null;
        changed?.SetResult();
    }
}
