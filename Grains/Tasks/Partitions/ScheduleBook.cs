using Gristmill.Grains.Schedules;
using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

/// <summary>A schedule as it is committed, understood as far as this machine can.</summary>
internal sealed class LiveSchedule
{
    public LiveSchedule(StoredSchedule stored)
    {
        Stored = stored;
        Definition = StoredSchedules.Read(stored.Definition);
        try
        {
            Clock = new ScheduleClock(Definition, stored.CreatedAt);
        }
        catch (InvalidTaskInputException exception)
        {
            // Time zones come from the machine, and this one has not got it.
            Problem = exception.Message;
        }
    }

    public StoredSchedule Stored { get; private set; }

    public ScheduleDefinition Definition { get; }

    /// <summary>When it fires; null when that cannot be told here: then it does not fire.</summary>
    public ScheduleClock? Clock { get; }

    /// <summary>Why it has no clock.</summary>
    public string? Problem { get; }

    /// <summary>The same schedule after a fire.</summary>
    public void Advance(StoredSchedule stored) => Stored = stored;
}

/// <summary>The schedules of a partition, and which is next. Changes come through <see cref="Apply"/> alone. Used within the partition's turns.</summary>
internal sealed class ScheduleBook
{
    private readonly Dictionary<string, LiveSchedule> _schedules = new(StringComparer.Ordinal);
    private readonly SortedSet<(DateTimeOffset At, string Id)> _alarms = [];

    public DateTimeOffset? NextAt => _alarms.Count == 0 ? null : _alarms.Min.At;

    public LiveSchedule? Find(string id) => _schedules.GetValueOrDefault(id);

    /// <summary>The schedules whose time has come, the earliest first.</summary>
    public IEnumerable<string> DueAt(DateTimeOffset now) => _alarms.TakeWhile(alarm => alarm.At <= now).Select(alarm => alarm.Id);

    /// <summary>Takes in what is committed.</summary>
    public void Apply(ScheduleChange change)
    {
        LiveSchedule? known = Find(change.Id);
        if (known is { Clock: not null, Stored.NextAt: { } before })
            _alarms.Remove((before, change.Id));
        if (change is not SchedulePut { Schedule: var schedule })
        {
            _schedules.Remove(change.Id);
            return;
        }

        if (known is null || known.Stored.Definition != schedule.Definition)
            _schedules[change.Id] = known = new LiveSchedule(schedule);
        else
            known.Advance(schedule);
        if (known is { Clock: not null, Stored.NextAt: { } next })
            _alarms.Add((next, change.Id));
    }
}
