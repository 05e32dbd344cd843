namespace Gristmill;

/// <summary>
/// Goes around every attempt of the task kinds that it is put on: to log, measure, try again, or check something first. One instance serves all
/// attempts, from many threads at once.
/// </summary>
public interface ITaskDecorator
{
    /// <summary>Runs the rest of the attempt, or not. What it returns or throws is the attempt's end.</summary>
    /// <param name="kind">What runs.</param>
    /// <param name="context">The attempt's context.</param>
    /// <param name="next">The decorators inside this one, and the handler. May be called more than once, one call after the other.</param>
    ValueTask<T> InvokeAsync<T>(TaskKind kind, TaskContext context, Func<ValueTask<T>> next);
}
