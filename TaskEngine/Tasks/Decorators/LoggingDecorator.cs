using Microsoft.Extensions.Logging;

namespace Gristmill.Tasks;

/// <summary>See <see cref="TaskDecorators.Logging"/>.</summary>
internal sealed partial class LoggingDecorator(ILogger logger, TimeProvider time, LogLevel level) : ITaskDecorator
{
    public async ValueTask<T> InvokeAsync<T>(TaskKind kind, TaskContext context, Func<ValueTask<T>> next)
    {
        long start = time.GetTimestamp();
        try
        {
            T result = await next().ConfigureAwait(false);
            TimeSpan took = time.GetElapsedTime(start);
            LogSucceeded(logger, level, kind.Name, context.Id, context.Attempt, took);
            return result;
        }
        catch (Exception exception)
        {
            TimeSpan took = time.GetElapsedTime(start);
            LogFailed(logger, exception, kind.Name, context.Id, context.Attempt, took);
            throw;
        }
    }

    [LoggerMessage(EventId = 1020, Message = "{Kind} {Task}, attempt {Attempt}, succeeded in {Took}")]
    private static partial void LogSucceeded(ILogger logger, LogLevel level, string kind, TaskId task, int attempt, TimeSpan took);

    [LoggerMessage(1021, LogLevel.Warning, "{Kind} {Task}, attempt {Attempt}, failed after {Took}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string kind, TaskId task, int attempt, TimeSpan took);
}
