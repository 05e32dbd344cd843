using System.Diagnostics.Metrics;

namespace Gristmill.Tasks;

/// <summary>See <see cref="TaskDecorators.Metrics"/>.</summary>
internal sealed class MetricsDecorator(Meter meter) : ITaskDecorator
{
    private readonly Counter<long> _count = meter.CreateCounter<long>("gristmill.attempt.count", "{attempt}", "Attempts that ended, by kind and outcome.");
    private readonly UpDownCounter<long> _active = meter.CreateUpDownCounter<long>("gristmill.attempt.active", "{attempt}", "Attempts that run, by kind.");

    public async ValueTask<T> InvokeAsync<T>(TaskKind kind, TaskContext context, Func<ValueTask<T>> next)
    {
        var name = new KeyValuePair<string, object?>("gristmill.kind", kind.Name);
        string outcome = "succeeded";
        _active.Add(1, name);
        try
        {
            return await next().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            outcome = TaskError.From(exception).Code;
            throw;
        }
        finally
        {
            _active.Add(-1, name);
            _count.Add(1, name, new KeyValuePair<string, object?>("gristmill.outcome", outcome));
        }
    }
}
