using System.Collections.Immutable;

namespace Gristmill;

/// <summary>A workflow under definition. Not safe for use by two threads.</summary>
public sealed class WorkflowBuilder
{
    internal const int MaxNameLength = 100;

    private readonly string _name;
    private readonly List<WorkflowTask> _tasks = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private WorkflowFailurePolicy _onFailure;
    private bool _isBuilt;

    internal WorkflowBuilder(string name)
    {
        CheckName(name);
        _name = name;
    }

    /// <summary>Adds a task. It runs as soon as the outputs that its arguments name are there, in parallel with whatever else can.</summary>
    /// <param name="name">Unique in the workflow.</param>
    /// <param name="task">What to run.</param>
    /// <param name="after">Further tasks to wait for, whose outputs it does not take.</param>
    /// <exception cref="WorkflowDefinitionException">The name is taken or no name.</exception>
    public Output<T> Task<T>(string name, TaskTemplate<T> task, params ReadOnlySpan<Output> after)
    {
        ArgumentNullException.ThrowIfNull(task);
        Add(new SingleTask<T>(TakeName(name), task, after.ToArray()));
        return new TaskOutput<T>(this, name, isByName: false);
    }

    /// <summary>Adds a task for each item, named <c>name.0</c>, <c>name.1</c> …; the output has their results in the same order.</summary>
    /// <exception cref="WorkflowDefinitionException">A name is taken or no name.</exception>
    public Output<T[]> ForEach<TItem, T>(string name, IEnumerable<TItem> items, Func<TItem, TaskTemplate<T>> define)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(define);
        TakeName(name);
        return new GroupOutput<T>(this, name, [.. items.Select((item, i) => Task($"{name}.{i}", define(item)))]);
    }

    /// <summary>
    /// Adds a task that runs once for every item of an output, in parallel, however many there will be; the output has the results in
    /// the same order. The function runs once, now, with a symbol for the item.
    /// </summary>
    /// <exception cref="WorkflowDefinitionException">The name is taken or no name.</exception>
    public Output<T[]> ForEach<TItem, T>(string name, Output<TItem[]> items, Func<Output<TItem>, TaskTemplate<T>> define)
    {
        return FanOut(name, items, define);
    }

    /// <inheritdoc cref="ForEach{TItem, T}(string, Output{TItem[]}, Func{Output{TItem}, TaskTemplate{T}})"/>
    public Output<T[]> ForEach<TItem, T>(string name, Output<IReadOnlyList<TItem>> items, Func<Output<TItem>, TaskTemplate<T>> define) =>
        FanOut(name, items, define);

    /// <summary>The output of a task by its name, which may be defined later. Name and type are checked when the workflow is built.</summary>
    public Output<T> Reference<T>(string task)
    {
        ArgumentException.ThrowIfNullOrEmpty(task);
        return new TaskOutput<T>(this, task, isByName: true);
    }

    /// <summary>A value to go on with when a task fails for good.</summary>
    /// <exception cref="WorkflowDefinitionException">The output is not the whole result of one task of this workflow, or the value is of another type.</exception>
    public WorkflowBuilder Fallback<T>(Output<T> output, T value)
    {
        ArgumentNullException.ThrowIfNull(output);
        CheckOpen();
        if (output.Workflow != this)
            throw new WorkflowDefinitionException($"'{output.Name}' is a task of another workflow, and can have no fallback in this one.");
        WorkflowTask task = _tasks.FirstOrDefault(t => t.Name == output.Name && output is TaskOutput<T>)
            ?? throw new WorkflowDefinitionException($"'{output.Name}' is not the result of one task, and can have no fallback.");
        if (!typeof(T).IsAssignableTo(task.ResultType))
            throw new WorkflowDefinitionException($"'{output.Name}' gives {task.ResultType}, and cannot fall back to {typeof(T)}.");
        task.SetFallback(value);
        return this;
    }

    /// <summary>Default: <see cref="WorkflowFailurePolicy.StopAll"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such policy.</exception>
    public WorkflowBuilder OnFailure(WorkflowFailurePolicy policy)
    {
        CheckOpen();
        if (!Enum.IsDefined(policy))
            throw new ArgumentOutOfRangeException(nameof(policy), policy, "There is no such policy.");
        _onFailure = policy;
        return this;
    }

    /// <summary>Checks the definition and ends it.</summary>
    /// <exception cref="WorkflowDefinitionException">
    /// A name is unknown, an output does not fit the input that it feeds, tasks wait for each other, or an output belongs to another workflow. The
    /// message names every fault.
    /// </exception>
    public Workflow<T> Build<T>(Output<T> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        CheckOpen();
        ImmutableArray<WorkflowTask> ordered = WorkflowCheck.Order(this, _tasks, result);
        _isBuilt = true;
        return new Workflow<T>(_name, ordered, _onFailure, result);
    }

    private TaskOutput<T[]> FanOut<TItem, T>(string name, Output items, Func<Output<TItem>, TaskTemplate<T>> define)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(define);
        var item = new ItemOutput<TItem>(this, name);
        Add(new FanOutTask<TItem, T>(TakeName(name), items, item, define(item)));
        return new TaskOutput<T[]>(this, name, isByName: false);
    }

    private void Add(WorkflowTask task)
    {
        CheckOpen();
        _tasks.Add(task);
    }

    // A built workflow is immutable, and shares its tasks with the builder.
    private void CheckOpen()
    {
        if (_isBuilt)
            throw new InvalidOperationException($"The workflow '{_name}' is built; define another.");
    }

    private string TakeName(string name)
    {
        CheckName(name);
        return _names.Add(name) ? name : throw new WorkflowDefinitionException($"Two tasks are called '{name}'.");
    }

    internal static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength && !name.Any(char.IsControl);

    private static void CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsName(name))
            throw new WorkflowDefinitionException($"'{name}' is no name: write 1 to {MaxNameLength} printable characters.");
    }
}
