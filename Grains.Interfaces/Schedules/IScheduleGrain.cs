using System.Collections.Immutable;
using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Schedules;

/// <summary>A schedule; the key is its id. What it answers is on stable storage.</summary>
[Alias("gm.IScheduleGrain")]
public interface IScheduleGrain : IGrainWithStringKey
{
    /// <summary>Makes the schedule, or replaces it. What it has fired stays fired.</summary>
    /// <exception cref="GrainCallException">It is no schedule; the fields say why.</exception>
    [Alias("Put")]
    Task<ScheduleInfo> PutAsync(ScheduleDefinition definition, CancellationToken cancellationToken = default);

    /// <summary>The schedule, or null when there is none.</summary>
    [Alias("Get"), Repeatable]
    Task<ScheduleInfo?> GetAsync(CancellationToken cancellationToken = default);

    /// <summary>False when there was none. Tasks that it has made go on.</summary>
    [Alias("Delete")]
    Task<bool> DeleteAsync(CancellationToken cancellationToken = default);

    /// <summary>Makes a task now, whatever the overlap policy; the schedule goes on as before.</summary>
    /// <returns>The task, or why there is none; null when there is no such schedule.</returns>
    [Alias("Trigger")]
    Task<SubmitReply?> TriggerAsync(CancellationToken cancellationToken = default);
}

/// <summary>All schedules, from the store. A stateless worker; the key is 0.</summary>
[Alias("gm.IScheduleListGrain")]
public interface IScheduleListGrain : IGrainWithIntegerKey
{
    /// <summary>Schedules by id.</summary>
    /// <param name="after">Goes on behind this id; null begins with the first.</param>
    /// <param name="limit">Schedules at most, 1 or more.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("List"), Repeatable]
    Task<ImmutableArray<ScheduleInfo>> ListAsync(string? after, int limit, CancellationToken cancellationToken = default);
}

/// <summary>The face that a task partition shows to schedules; the key is the partition.</summary>
[Alias("gm.ITaskSchedulePartitionGrain")]
public interface ITaskSchedulePartitionGrain : IGrainWithIntegerKey
{
    /// <inheritdoc cref="IScheduleGrain.PutAsync"/>
    [Alias("Put")]
    Task<ScheduleInfo> PutScheduleAsync(string id, ScheduleDefinition definition, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="IScheduleGrain.GetAsync"/>
    [Alias("Get")]
    Task<ScheduleInfo?> GetScheduleAsync(string id, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="IScheduleGrain.DeleteAsync"/>
    [Alias("Delete")]
    Task<bool> DeleteScheduleAsync(string id, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="IScheduleGrain.TriggerAsync"/>
    [Alias("Trigger")]
    Task<SubmitReply?> TriggerScheduleAsync(string id, CancellationToken cancellationToken = default);
}
