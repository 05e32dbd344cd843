using System.Collections.Immutable;
using System.Globalization;
using Gristmill.Grains.Schedules;
using Gristmill.Storage;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains.Tasks;

// The partition's schedules. A fire and the schedule's next time are one commit, so that each time is fired for once.
internal sealed partial class TaskPartitionGrain : ITaskSchedulePartitionGrain
{
    private const int MostFiresAtOnce = 100;

    private static readonly TimeSpan s_missedAfter = TimeSpan.FromMinutes(1);

    private ScheduleBook Schedules => _state.Schedules;

    public async Task<ScheduleInfo> PutScheduleAsync(string id, ScheduleDefinition definition, CancellationToken cancellationToken = default)
    {
        _groups.ThrowIfLost();
        _ = new ScheduleClock(definition, steps.Now());
        if (await RefusalOfAsync(definition.Task) is { } refusal)
            throw new GrainCallException(refusal with { Fields = refusal.Fields.ToImmutableDictionary(field => $"task.{field.Key}", field => field.Value) });

        StoredSchedule put = await _groups.WriteAsync(draft =>
        {
            StoredSchedule schedule = Merge(draft.FindSchedule(id), id, definition);
            draft.Put(schedule);
            return schedule;
        }).WaitAsync(cancellationToken);
        return StoredSchedules.Describe(put);
    }

    public Task<ScheduleInfo?> GetScheduleAsync(string id, CancellationToken cancellationToken = default)
    {
        _groups.ThrowIfLost();
        return Task.FromResult(Schedules.Find(id) is { } schedule ? StoredSchedules.Describe(schedule) : null);
    }

    public Task<bool> DeleteScheduleAsync(string id, CancellationToken cancellationToken = default) => _groups.WriteAsync(draft =>
    {
        if (draft.FindSchedule(id) is null)
            return false;
        draft.DeleteSchedule(id);
        return true;
    }).WaitAsync(cancellationToken);

    public Task<SubmitReply?> TriggerScheduleAsync(string id, CancellationToken cancellationToken = default) => _groups.WriteAsync(draft =>
    {
        if (draft.FindSchedule(id) is not { } schedule)
            return null;
        ScheduleDefinition definition = StoredSchedules.Read(schedule.Definition);
        if (!engine.Kinds.TryGet(definition.Task.Kind, out _))
            return new SubmitReply(default, default, new UnknownTaskKindException(definition.Task.Kind, engine.Kinds.Nearest(definition.Task.Kind)).ToError());
        StoredTask task = TaskOf(schedule, definition, steps.Now(), idempotencyKey: null);
        var replies = new SubmitReply[1];
        Submit(draft, [(0, task)], replies);
        // The overlap is about the last task that is not over: it must not be lost sight of.
        if (replies[0].Error is null && LastOf(draft, schedule) is null)
            draft.Put(schedule with { LastTask = task.Id });
        return replies[0];
    }).WaitAsync(cancellationToken);

    private async Task LoadSchedulesAsync(CancellationToken cancellationToken)
    {
        foreach (StoredSchedule schedule in await store.ReadSchedulesAsync(_partition, cancellationToken))
        {
            Schedules.Apply(new SchedulePut(schedule));
            if (Schedules.Find(schedule.Id)!.Problem is { } problem)
                LogScheduleNotUnderstood(_partition, schedule.Id, problem);
        }
    }

    private StoredSchedule Merge(StoredSchedule? known, string id, ScheduleDefinition definition)
    {
        DateTimeOffset now = steps.Now();
        string text = StoredSchedules.Write(definition);
        if (known is null)
            return new StoredSchedule(id, text, now, new ScheduleClock(definition, now).Next(now));
        ScheduleDefinition before = StoredSchedules.Read(known.Definition);
        bool sameTimes = (before.Cron, before.Every, before.TimeZone) == (definition.Cron, definition.Every, definition.TimeZone);
        return known with { Definition = text, NextAt = sameTimes ? known.NextAt : NextAfter(new ScheduleClock(definition, known.CreatedAt), known, now) };
    }

    /// <summary>Never a time that was fired for before, whatever has become of the clock.</summary>
    private static DateTimeOffset? NextAfter(ScheduleClock clock, StoredSchedule schedule, DateTimeOffset now) =>
        clock.Next(schedule.LastAt > now ? schedule.LastAt.Value : now);

    /// <returns>False when it could not be written: the next tick tries again.</returns>
    private async Task<bool> FireDueSchedulesAsync()
    {
        string[] due = [.. Schedules.DueAt(steps.Now()).Take(MostDueAtOnce)];
        if (due.Length == 0)
            return true;
        try
        {
            // A schedule that was deleted and put again may meet a time that it has fired for: the key of that task is still there.
            var fired = new HashSet<string>(StringComparer.Ordinal);
            // Whole before the first wait: a schedule may be deleted meanwhile.
            DateTimeOffset now = steps.Now();
            string[] keys = [.. due.Select(Schedules.Find).SelectMany(schedule => FiresOf(schedule!, now).Select(at => KeyOf(schedule!.Stored.Id, at)))];
            foreach (string key in keys)
            {
                if (await store.FindByKeyAsync(_partition, key) is not null)
                    fired.Add(key);
            }

            var toStop = new List<(string Executor, TaskId Id)>();
            bool hadRoom = await _groups.WriteAsync(draft =>
            {
                toStop.Clear();
                bool all = true;
                foreach (string id in due)
                    all &= Fire(draft, id, now, fired, toStop);
                return all;
            });
            AskToStop(toStop);
            return hadRoom;
        }
        catch (GristmillException exception) when (exception.IsTransient)
        {
            LogUpkeepFailed(exception, _partition);
            return false;
        }
    }

    /// <returns>False when the partition is full: what is due stays due until the next tick.</returns>
    private bool Fire(GroupDraft draft, string id, DateTimeOffset now, HashSet<string> fired, List<(string Executor, TaskId Id)> toStop)
    {
        // One that another operation of this group changes fires with the next tick.
        if (Schedules.Find(id) is not { Clock: { } clock } schedule || draft.FindSchedule(id) != schedule.Stored || schedule.Stored.NextAt > now)
            return true;
        if (!engine.Kinds.TryGet(schedule.Definition.Task.Kind, out _))
        {
            LogKindMissing(_partition, id, schedule.Definition.Task.Kind);
            draft.Put(schedule.Stored with { NextAt = NextAfter(clock, schedule.Stored, now) });
            return true;
        }

        StoredSchedule next = schedule.Stored;
        foreach (DateTimeOffset at in FiresOf(schedule, now))
        {
            if (IsFull(draft))
            {
                // There is no room: this time stays due. Nothing is written unless an earlier one has fired.
                if (next != schedule.Stored || next.NextAt != at)
                    draft.Put(next with { NextAt = at });
                return false;
            }

            StoredTask? last = LastOf(draft, next);
            bool makesTask = !fired.Contains(KeyOf(id, at)) && (last is null || schedule.Definition.Overlap != ScheduleOverlap.Skip);
            if (makesTask && last is not null && schedule.Definition.Overlap == ScheduleOverlap.CancelPrevious)
                Cancel(draft, last, toStop);
            next = next with { LastAt = at };
            if (!makesTask)
                continue;
            StoredTask task = TaskOf(schedule.Stored, schedule.Definition, at, KeyOf(id, at));
            draft.Insert(task);
            next = next with { LastTask = task.Id };
        }

        draft.Put(next with { NextAt = NextAfter(clock, next, now) });
        return true;
    }

    /// <summary>The task that the schedule made last; null when that is over.</summary>
    private static StoredTask? LastOf(GroupDraft draft, StoredSchedule schedule) =>
        schedule.LastTask is { } id && draft.Find(id) is { } task && !task.Progress.State.IsTerminal() ? task : null;

    /// <summary>The times, up to now, for which the schedule has to fire.</summary>
    private static IEnumerable<DateTimeOffset> FiresOf(LiveSchedule schedule, DateTimeOffset now)
    {
        if (schedule.Clock is not { } clock)
            yield break;
        int left = schedule.Definition.Missed == MissedFires.FireAll ? MostFiresAtOnce : 1;
        DateTimeOffset? at = schedule.Stored.NextAt;
        if (schedule.Definition.Missed == MissedFires.Skip && now - at > s_missedAfter)
            at = clock.Next(now - s_missedAfter);
        for (; at <= now && left > 0; left--)
        {
            yield return at.Value;
            at = clock.Next(at.Value);
        }
    }

    private StoredTask TaskOf(StoredSchedule schedule, ScheduleDefinition definition, DateTimeOffset at, string? idempotencyKey)
    {
        StoredTask task = Translate(definition.Task with
        {
            Id = TaskId.New(_partition, time),
            Tags = [.. definition.Task.Tags, $"schedule:{schedule.Id}"],
            RunAt = null,
            Deadline = null,
            IdempotencyKey = idempotencyKey,
            BodyHash = default,
        });
        return task with { Progress = task.Progress with { DueAt = at } };
    }

    private static string KeyOf(string id, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"schedule\n{id}\n{at.ToUnixTimeMilliseconds()}");

    [LoggerMessage(3110, LogLevel.Error, "Task partition {Partition}: schedule '{Schedule}' cannot be understood here and does not fire: {Problem}.")]
    private partial void LogScheduleNotUnderstood(int partition, string schedule, string problem);

    [LoggerMessage(3109, LogLevel.Error, "Task partition {Partition}: schedule '{Schedule}' fires for the task kind '{Kind}', which is not there any more.")]
    private partial void LogKindMissing(int partition, string schedule, string kind);
}
