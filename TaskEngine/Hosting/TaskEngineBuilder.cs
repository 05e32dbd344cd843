using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill;

/// <summary>Says how a <see cref="TaskEngine"/> is to be made. Every method returns the builder. Not safe for use by two threads.</summary>
public sealed class TaskEngineBuilder
{
    private readonly List<TaskKind> _kinds = [];
    private readonly List<TaskDecorators> _decorators = [];

    internal TaskEngineBuilder()
    {
    }

    internal TaskEngineOptions Options { get; private set; } = new();

    internal IReadOnlyList<TaskKind> AddedKinds => _kinds;

    internal IReadOnlyList<TaskDecorators> AddedDecorators => _decorators;

    internal TimeProvider Time { get; private set; } = System.TimeProvider.System;

    internal IServiceProvider Provider { get; private set; } = EmptyServices.Instance;

    internal ILogger Log { get; private set; } = NullLogger.Instance;

    /// <inheritdoc cref="TaskEngineOptions.Workers"/>
    public TaskEngineBuilder Workers(int count) => Set(options => options.Workers = count);

    /// <summary>Lets the number of workers move with the load.</summary>
    public TaskEngineBuilder Workers(int least, int most) => Set(options =>
    {
        options.MinWorkers = least;
        options.Workers = most;
    });

    /// <inheritdoc cref="TaskEngineOptions.QueueCapacity"/>
    public TaskEngineBuilder QueueCapacity(int tasks) => Set(options => options.QueueCapacity = tasks);

    /// <inheritdoc cref="TaskEngineOptions.MemoryBudgetBytes"/>
    public TaskEngineBuilder MemoryPool(long bytes) => Set(options => options.MemoryBudgetBytes = bytes);

    /// <summary>Lets at most <paramref name="tasks"/> of a kind run at once.</summary>
    public TaskEngineBuilder Limit(string kind, int tasks) => Set(options => options.ConcurrencyLimits[kind] = tasks);

    /// <inheritdoc cref="TaskEngineOptions.Lanes"/>
    public TaskEngineBuilder Lanes(int count) => Set(options => options.Lanes = count);

    /// <inheritdoc cref="TaskEngineOptions.WorkStealing"/>
    public TaskEngineBuilder WorkStealing(bool enabled = true) => Set(options => options.WorkStealing = enabled);

    /// <inheritdoc cref="TaskEngineOptions.Metrics"/>
    public TaskEngineBuilder Metrics(bool enabled = true) => Set(options => options.Metrics = enabled);

    /// <inheritdoc cref="TaskEngineOptions.Name"/>
    public TaskEngineBuilder Name(string name) => Set(options => options.Name = name);

    /// <summary>Changes any option.</summary>
    public TaskEngineBuilder Configure(Action<TaskEngineOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Set(configure);
    }

    /// <summary>Kinds that can be run by name. A <see cref="TaskRequest{TResult}"/> brings its own.</summary>
    public TaskEngineBuilder Kinds(params IEnumerable<TaskKind> kinds)
    {
        _kinds.AddRange(kinds);
        return this;
    }

    /// <summary>Puts decorators around every attempt of some kinds. Called more than once for a kind, the later ones go inside.</summary>
    /// <param name="kinds">The name of a kind, or the beginning of names and a star: <c>image.*</c>, <c>*</c>.</param>
    /// <param name="decorate">Adds them, outermost first.</param>
    /// <exception cref="ArgumentException">There is a star that is not the last character.</exception>
    public TaskEngineBuilder Decorate(string kinds, Action<TaskDecorators> decorate)
    {
        ArgumentException.ThrowIfNullOrEmpty(kinds);
        if (kinds.AsSpan(0, kinds.Length - 1).Contains('*'))
            throw new ArgumentException($"'{kinds}' has a star that is not its last character: write a kind, or the beginning of kinds and a star.", nameof(kinds));
        ArgumentNullException.ThrowIfNull(decorate);
        var decorators = new TaskDecorators(kinds);
        decorate(decorators);
        _decorators.Add(decorators);
        return this;
    }

    internal TaskEngineBuilder Decorate(IEnumerable<TaskDecorators> decorators)
    {
        _decorators.AddRange(decorators);
        return this;
    }

    /// <summary>The clock of time-outs, deadlines and retries; the system's by default.</summary>
    public TaskEngineBuilder TimeProvider(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Time = time;
        return this;
    }

    /// <summary>What handlers get as <see cref="TaskContext.Services"/>; nothing by default.</summary>
    public TaskEngineBuilder Services(IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(services);
        Provider = services;
        return this;
    }

    public TaskEngineBuilder Logger(ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        Log = logger;
        return this;
    }

    internal TaskEngineBuilder Use(TaskEngineOptions options)
    {
        Options = options;
        return this;
    }

    /// <exception cref="ArgumentException">Options are out of their ranges; the message names each, its value, and what to use.</exception>
    internal void Validate()
    {
        string[] faults = [.. TaskEngineOptionsValidator.FaultsOf(Options)];
        if (faults.Length > 0)
            throw new ArgumentException(string.Join(" ", faults));
    }

    private TaskEngineBuilder Set(Action<TaskEngineOptions> change)
    {
        change(Options);
        return this;
    }

    private sealed class EmptyServices : IServiceProvider
    {
        public static readonly EmptyServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
