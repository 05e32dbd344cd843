using System.Collections.Immutable;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// The executor of one silo; the key is that silo's address in parsable form. It runs tasks on the silo's engine.
/// </summary>
[Alias("gm.ITaskExecutorGrain")]
public interface ITaskExecutorGrain : IGrainWithStringKey
{
    /// <summary>
    /// Runs a task that is not stored, and answers when it has ended. Cancelling the call cancels the task.
    /// </summary>
    /// <returns>The outcome; a failed task is an outcome too, not an exception.</returns>
    [Alias("RunDirect"), ResponseTimeout("01:00:00")]
    Task<TaskOutcome> RunDirectAsync(DirectTask task, CancellationToken cancellationToken = default);

    /// <summary>Asks the handlers of these tasks to stop, where they run here.</summary>
    [Alias("Cancel")]
    Task CancelAsync(ImmutableArray<TaskId> ids);

    /// <summary>What the silo's engine is doing, as a JSON object for operators; its shape follows the engine's.</summary>
    [Alias("Inspect")]
    Task<ReadOnlyMemory<byte>> InspectAsync(CancellationToken cancellationToken = default);
}
