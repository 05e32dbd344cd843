using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gristmill.Grains.Tasks;

/// <summary>The instruments of durable tasks, meter <c>Gristmill.Tasks</c>. Safe from any thread.</summary>
internal sealed class TaskMetrics
{
    private readonly Counter<long> _submitted;
    private readonly Counter<long> _granted;
    private readonly Counter<long> _finished;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _fenced;
    private readonly Counter<long> _lost;
    private readonly Counter<long> _purged;
    private readonly Histogram<int> _groupSize;
    private readonly Histogram<double> _commitDuration;
    private readonly UpDownCounter<long> _live;
    private readonly TimeProvider _time;

    // One for each partition that is active here: written by its activation, read when somebody collects.
    private readonly ConcurrentDictionary<ReadyReading, byte> _readings = [];

    public TaskMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        Meter meter = meters.Create("Gristmill.Tasks");
        _submitted = meter.CreateCounter<long>("gristmill.tasks.submitted", "{task}", "Durable tasks that were accepted.");
        _granted = meter.CreateCounter<long>("gristmill.tasks.granted", "{grant}", "Grants to executors.");
        _finished = meter.CreateCounter<long>("gristmill.tasks.finished", "{task}", "Durable tasks that ended, by state.");
        _refused = meter.CreateCounter<long>("gristmill.tasks.completions.refused", "{completion}", "Completions that came with another grant than the task's last.");
        _fenced = meter.CreateCounter<long>("gristmill.tasks.groups.fenced", "{group}", "Groups that were not written because somebody else had opened the partition.");
        _lost = meter.CreateCounter<long>("gristmill.tasks.grants.lost", "{grant}", "Grants whose executor was lost, or that never arrived.");
        _purged = meter.CreateCounter<long>("gristmill.tasks.purged", "{task}", "Tasks deleted after their retention.");
        _groupSize = meter.CreateHistogram(
            "gristmill.tasks.group.size", "{change}", "Changes that one commit wrote.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000] });
        _commitDuration = meter.CreateHistogram(
            "gristmill.tasks.commit.duration", "s", "From a group's being sent to the store until it is known to be stored.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30] });
        _live = meter.CreateUpDownCounter<long>("gristmill.tasks.live", "{task}", "Durable tasks that wait or run.");
        meter.CreateObservableGauge(
            "gristmill.tasks.ready", () => _readings.Keys.Sum(reading => (long)reading.Count), "{task}", "Durable tasks that an executor with room could start now.");
        meter.CreateObservableGauge("gristmill.tasks.ready.oldest_age", OldestAge, "s", "How long the longest waiting of them is ready; 0 when none waits.");
    }

    /// <summary>Where a partition's activation says what could start, about once a second.</summary>
    public ReadyReading AddReading()
    {
        var reading = new ReadyReading();
        _readings.TryAdd(reading, 0);
        ShowCounters();
        return reading;
    }

    public void Remove(ReadyReading reading) => _readings.TryRemove(reading, out _);

    public void GroupCommitted(GroupDraft draft, TimeSpan elapsed)
    {
        _commitDuration.Record(elapsed.TotalSeconds);
        _groupSize.Record(draft.Rows.Count);
        if (draft.InsertCount > 0)
            _submitted.Add(draft.InsertCount);
        if (draft.Grants.Count > 0)
            _granted.Add(draft.Grants.Count);
    }

    public void LiveChanged(int difference)
    {
        if (difference != 0)
            _live.Add(difference);
    }

    public void Finished(TaskState state) => _finished.Add(1, new KeyValuePair<string, object?>("state", NameOf(state)));

    public void CompletionRefused() => _refused.Add(1);

    public void GroupFenced() => _fenced.Add(1);

    public void GrantsLost(int count) => _lost.Add(count);

    public void Purged(int count) => _purged.Add(count);

    // A counter that is not there before its first event cannot be seen to rise by it. By now somebody listens.
    private void ShowCounters()
    {
        foreach (Counter<long> counter in (Counter<long>[])[_submitted, _granted, _refused, _fenced, _lost, _purged])
            counter.Add(0);
        foreach (TaskState state in (TaskState[])[TaskState.Succeeded, TaskState.Failed, TaskState.Cancelled, TaskState.Expired])
            _finished.Add(0, new KeyValuePair<string, object?>("state", NameOf(state)));
    }

    private double OldestAge()
    {
        DateTimeOffset now = _time.GetUtcNow();
        DateTimeOffset oldest = _readings.Keys.Min(reading => reading.OldestAt) ?? now;
        return Math.Max(0, (now - oldest).TotalSeconds);
    }

    // Boxed once, not per task.
    private static string NameOf(TaskState state) => state switch
    {
        TaskState.Succeeded => "succeeded",
        TaskState.Failed => "failed",
        TaskState.Cancelled => "cancelled",
        _ => "expired",
    };
}
