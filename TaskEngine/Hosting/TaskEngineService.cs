using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gristmill.Hosting;

/// <summary>
/// Ties the engine to its host: made when the host starts, drained when it stops. What has not ended when the host's shutdown time is over is
/// cancelled.
/// </summary>
/// <remarks>
/// Hosted services stop in the opposite order of their registration, so who is registered after the engine can still use it while it stops.
/// </remarks>
internal sealed partial class TaskEngineService(IServiceProvider services, ILogger<TaskEngine> logger) : IHostedService
{
    private TaskEngine? _engine;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not injected: the host makes its services before it has checked the options.
        _engine = services.GetRequiredService<TaskEngine>();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_engine is not { } engine)
            return;
        try
        {
            await engine.StopAsync(EngineStop.Drain, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            LogCancelled(logger, engine.InFlightTasks);
            await engine.StopAsync(EngineStop.Cancel, CancellationToken.None).ConfigureAwait(false);
        }
    }

    [LoggerMessage(1011, LogLevel.Warning, "The host's shutdown time is over; {Tasks} tasks that have not ended are cancelled.")]
    private static partial void LogCancelled(ILogger logger, long tasks);
}
