namespace Gristmill.Storage;

/// <summary>A schedule as a store keeps it: its partition writes it, in one group with the tasks that it makes. Immutable.</summary>
/// <param name="Id">Names it, over all partitions.</param>
/// <param name="Definition">When it fires and what it makes, as JSON.</param>
/// <param name="CreatedAt">When it was put first.</param>
/// <param name="NextAt">When it fires next; null when it does not.</param>
/// <param name="LastAt">The tick that it fired for last; null before the first.</param>
/// <param name="LastTask">The task that it made last; null before the first.</param>
public sealed record StoredSchedule(
    string Id, string Definition, DateTimeOffset CreatedAt, DateTimeOffset? NextAt, DateTimeOffset? LastAt = null, TaskId? LastTask = null);

/// <summary>One schedule's change.</summary>
public abstract record ScheduleChange
{
    private protected ScheduleChange()
    {
    }

    public abstract string Id { get; }
}

/// <summary>A schedule as it is from now on, whether or not it was there.</summary>
public sealed record SchedulePut(StoredSchedule Schedule) : ScheduleChange
{
    public override string Id => Schedule.Id;
}

/// <summary>A schedule that is no more; it need not have been there.</summary>
public sealed record ScheduleDelete(string ScheduleId) : ScheduleChange
{
    public override string Id => ScheduleId;
}
