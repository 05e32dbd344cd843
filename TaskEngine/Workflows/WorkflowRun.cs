using System.Collections.Immutable;
using System.Threading.Channels;

namespace Gristmill.Workflows;

/// <summary>
/// One run of a workflow. A single loop owns all state: it starts every task whose dependencies have succeeded, and hears of each end
/// through a channel.
/// </summary>
internal sealed class WorkflowRun
{
    private readonly Workflow _workflow;
    private readonly ITaskExecutor _executor;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<TaskEnd> _ends = Channel.CreateUnbounded<TaskEnd>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, object?> _results = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _missing = new(StringComparer.Ordinal);
    private readonly ILookup<string, WorkflowTask> _dependents;
    private readonly ImmutableDictionary<string, WorkflowTaskOutcome>.Builder _outcomes =
        ImmutableDictionary.CreateBuilder<string, WorkflowTaskOutcome>(StringComparer.Ordinal);

    private int _running;
    private (string Task, Exception Exception)? _firstFailure;

    private WorkflowRun(Workflow workflow, ITaskExecutor executor, CancellationTokenSource stop)
    {
        _workflow = workflow;
        _executor = executor;
        _stop = stop;
        _dependents = workflow.Tasks
            .SelectMany(static task => task.DependsOn.Select(name => (name, task)))
            .ToLookup(static pair => pair.name, static pair => pair.task, StringComparer.Ordinal);
    }

    public static async Task<T> RunAsync<T>(
        Workflow<T> workflow, TaskEngine engine, int maxParallelism, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var gate = new SemaphoreSlim(maxParallelism);
        var run = new WorkflowRun(workflow, new PatientExecutor(engine, gate), stop);
        await run.RunTasksAsync().ConfigureAwait(false);

        // What the token ended is not the tasks' failure.
        cancellationToken.ThrowIfCancellationRequested();
        if (run._firstFailure is { } failure && !(workflow.OnFailure == WorkflowFailurePolicy.FinishOthers
            && workflow.ResultTasks.All(run._results.ContainsKey)))
            throw new WorkflowFailedException(workflow.Name, failure.Task, run._outcomes.ToImmutable(), failure.Exception);
        return workflow.ReadResult(new WorkflowValues(run._results));
    }

    private async Task RunTasksAsync()
    {
        foreach (WorkflowTask task in _workflow.Tasks)
            _missing.Add(task.Name, task.DependsOn.Length);
        foreach (WorkflowTask task in _workflow.Tasks.Where(static task => task.DependsOn.IsEmpty))
            Start(task);
        while (_running > 0)
        {
            TaskEnd end = await _ends.Reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            _running--;
            await ConsiderAsync(end).ConfigureAwait(false);
        }

        foreach (WorkflowTask task in _workflow.Tasks.Where(task => !_outcomes.ContainsKey(task.Name)))
            _outcomes.Add(task.Name, new WorkflowTaskOutcome(TaskState.Cancelled, null));
    }

    private void Start(WorkflowTask task)
    {
        _running++;
        // Each task sees the results as they were when it became ready: the loop goes on writing to its own.
        var values = new WorkflowValues(task.DependsOn.ToDictionary(static name => name, name => _results[name], StringComparer.Ordinal));
        _ = RunOneAsync(task, values);
    }

    // Never throws: every end goes to the loop.
    private async Task RunOneAsync(WorkflowTask task, WorkflowValues values)
    {
        TaskEnd end;
        try
        {
            end = new TaskEnd(task, await task.RunAsync(_executor, values, _stop.Token).ConfigureAwait(false), null);
        }
#pragma warning disable CA1031 // Whatever a handler throws is the end of its task.
        catch (Exception e)
#pragma warning restore CA1031
        {
            end = new TaskEnd(task, null, e);
        }

        _ends.Writer.TryWrite(end);
    }

    private async ValueTask ConsiderAsync(TaskEnd end)
    {
        WorkflowTask task = end.Task;
        object? result = end.Result;
        if (end.Exception is { } exception)
        {
            bool isCancelled = exception is OperationCanceledException;
            _outcomes.Add(task.Name, new WorkflowTaskOutcome(isCancelled ? TaskState.Cancelled : TaskState.Failed, TaskError.From(exception)));
            if (!task.HasFallback || _stop.IsCancellationRequested)
            {
                _firstFailure ??= (task.Name, exception);
                if (_workflow.OnFailure == WorkflowFailurePolicy.StopAll)
                    await _stop.CancelAsync().ConfigureAwait(false);
                return;
            }

            result = task.Fallback;
        }
        else
        {
            _outcomes.Add(task.Name, new WorkflowTaskOutcome(TaskState.Succeeded, null));
        }

        _results.Add(task.Name, result);
        if (_stop.IsCancellationRequested)
            return;
        foreach (WorkflowTask dependent in _dependents[task.Name])
        {
            if (--_missing[dependent.Name] == 0)
                Start(dependent);
        }
    }

    private sealed record TaskEnd(WorkflowTask Task, object? Result, Exception? Exception);
}
