using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gristmill;

/// <summary>Says how a <see cref="TaskEngine"/> is to be made. Every method returns the builder. Not safe for use by two threads.</summary>
public sealed class TaskEngineBuilder
{
    private readonly List<TaskKind> _kinds = [];

    internal TaskEngineBuilder()
    {
    }

    internal TaskEngineOptions Options { get; private set; } = new();

    internal IReadOnlyList<TaskKind> AddedKinds => _kinds;

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

    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    internal void Validate()
    {
        ValidateOptionsResult result = new TaskEngineOptionsValidator().Validate(null, Options);
        if (result.Failed)
            throw new ArgumentException(result.FailureMessage);
        foreach ((string kind, int limit) in Options.ConcurrencyLimits)
        {
            if (limit < 1)
                throw new ArgumentException($"The concurrency limit of '{kind}' is {limit}; it must be 1 or more.");
        }

        if (Options.MinWorkers > Options.Workers)
            throw new ArgumentException($"MinWorkers ({Options.MinWorkers}) is greater than Workers ({Options.Workers}).");
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
