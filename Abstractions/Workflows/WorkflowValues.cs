namespace Gristmill;

/// <summary>The results that a run of a workflow has so far. Read by the tasks that wait for them; written by the runner alone.</summary>
public sealed class WorkflowValues
{
    private readonly IReadOnlyDictionary<string, object?> _results;
    private readonly Output? _itemKey;
    private readonly object? _item;

    /// <param name="results">Results by task; must hold all that a task references before the task is bound.</param>
    public WorkflowValues(IReadOnlyDictionary<string, object?> results) => _results = results;

    private WorkflowValues(WorkflowValues outer, Output itemKey, object? item)
        : this(outer._results)
    {
        _itemKey = itemKey;
        _item = item;
    }

    internal object? this[string task] => _results[task];

    internal object? ItemOf(Output key) =>
        key == _itemKey ? _item : throw new InvalidOperationException($"The item of '{key.Name}' is known only inside it.");

    internal WorkflowValues WithItem(Output key, object? item) => new(this, key, item);
}
