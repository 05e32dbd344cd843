using Microsoft.Extensions.Logging;

namespace Gristmill;

/// <summary>Puts decorators around task kinds. The first that is added is the outermost. Not safe for use by two threads.</summary>
public sealed class TaskDecorators
{
    private readonly List<Func<TaskEngine, ITaskDecorator>> _made = [];

    /// <param name="kinds">The name of a kind, or the beginning of names and a star: <c>image.*</c>, <c>*</c>.</param>
    internal TaskDecorators(string kinds) => Kinds = kinds;

    internal string Kinds { get; }

    /// <summary>Logs how each attempt ended and how long it took: a success at the level given, a failure as a warning.</summary>
    public TaskDecorators Logging(LogLevel level = LogLevel.Information) => Add(engine => new Tasks.LoggingDecorator(engine.Logger, engine.Time, level));

    /// <summary>
    /// Counts attempts by kind and outcome, and those that run now, in the meter <c>Gristmill.TaskEngine</c>: <c>gristmill.attempt.count</c>,
    /// <c>gristmill.attempt.active</c>.
    /// </summary>
    public TaskDecorators Metrics() => Add(static engine => new Tasks.MetricsDecorator(engine.Meter));

    /// <summary>
    /// Calls the handler again after a failure that may pass, inside the attempt: for hiccups that are not worth a place in the queue. The task's own
    /// attempts come on top.
    /// </summary>
    /// <param name="calls">Calls in all, 1 or more.</param>
    /// <param name="delay">The wait before the second; doubles with each.</param>
    /// <param name="when">Which failures; null means I/O errors, time-outs, and what says of itself that it is transient.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no calls, or the delay is negative.</exception>
    public TaskDecorators Retry(int calls, TimeSpan delay, Func<Exception, bool>? when = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(calls, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return Add(engine => new Tasks.RetryDecorator(calls, delay, when ?? Tasks.RetryDecorator.MayPass, engine.Time));
    }

    /// <summary>Puts any other around them.</summary>
    public TaskDecorators Use(ITaskDecorator decorator)
    {
        ArgumentNullException.ThrowIfNull(decorator);
        return Add(_ => decorator);
    }

    internal bool Fits(string kind) =>
        Kinds.EndsWith('*') ? kind.StartsWith(Kinds[..^1], StringComparison.Ordinal) : kind == Kinds;

    internal IEnumerable<ITaskDecorator> Make(TaskEngine engine) => _made.Select(make => make(engine));

    private TaskDecorators Add(Func<TaskEngine, ITaskDecorator> make)
    {
        _made.Add(make);
        return this;
    }
}
