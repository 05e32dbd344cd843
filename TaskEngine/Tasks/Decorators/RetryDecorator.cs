using System.Data.Common;

namespace Gristmill.Tasks;

/// <summary>See <see cref="TaskDecorators.Retry"/>.</summary>
internal sealed class RetryDecorator(int calls, TimeSpan delay, Func<Exception, bool> when, TimeProvider time) : ITaskDecorator
{
    private const int MostDoublings = 16;

    public static bool MayPass(Exception exception) => exception is
        GristmillException { IsTransient: true } or IOException or TimeoutException or HttpRequestException or DbException { IsTransient: true };

    public async ValueTask<T> InvokeAsync<T>(TaskKind kind, TaskContext context, Func<ValueTask<T>> next)
    {
        for (int call = 1; ; call++)
        {
            try
            {
                return await next().ConfigureAwait(false);
            }
            catch (Exception exception) when (call < calls && when(exception) && !context.CancellationToken.IsCancellationRequested)
            {
                // The loop goes on: the failure is one that may pass, and the last one is thrown.
            }

            await Task.Delay(delay * (1 << Math.Min(call - 1, MostDoublings)), time, context.CancellationToken).ConfigureAwait(false);
        }
    }
}
