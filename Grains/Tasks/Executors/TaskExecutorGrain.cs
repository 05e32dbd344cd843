using System.Collections.Immutable;
using System.Text.Json;
using Orleans.Concurrency;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// Runs tasks on its silo's engine. Reentrant: the engine's queue bounds the work, not the grain's turn.
/// </summary>
[Reentrant, ExecutorPlacement]
internal sealed class TaskExecutorGrain(TaskEngine engine, TaskExecutor executor, ILocalSiloDetails silo) : Grain, ITaskExecutorGrain
{
    private readonly string _silo = silo.SiloAddress.ToParsableString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (this.GetPrimaryKeyString() != _silo)
            throw ExecutorSilo.NotActive(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public Task CancelAsync(ImmutableArray<TaskId> ids)
    {
        executor.Cancel(ids);
        return Task.CompletedTask;
    }

    public Task<ReadOnlyMemory<byte>> InspectAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<ReadOnlyMemory<byte>>(
            JsonSerializer.SerializeToUtf8Bytes(new EngineView(_silo, engine.Snapshot(), Kernels.Describe(), executor.Describe()), EngineJson.Default.EngineView));

    public async Task<TaskOutcome> RunDirectAsync(DirectTask task, CancellationToken cancellationToken = default)
    {
        TaskRunResult run = await engine.RunAsync(
            task.Kind,
            new TaskPayload(task.Input, task.Format, task.OutputFormat),
            new TaskRunOptions
            {
                TaskId = task.Id,
                Priority = task.Priority,
                Timeout = task.Timeout,
                Deadline = task.Deadline,
                MaxAttempts = task.MaxAttempts,
            },
            cancellationToken);
        return new TaskOutcome(run.State, run.Output, run.Error, run.Attempts, run.StartedAt, run.FinishedAt, _silo);
    }
}
