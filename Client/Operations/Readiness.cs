using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Operations;

/// <summary>
/// Whether the process takes work: not before everything has started, and not once it was told to stop. After SIGTERM it keeps the rest
/// of the host running for <see cref="GatewayOptions.DrainDelay"/>, while <c>/health/ready</c> already says no.
/// </summary>
internal sealed partial class Readiness(TimeProvider time, IOptions<GatewayOptions> options, ILogger<Readiness> logger)
    : IHealthCheck, IHostedLifecycleService, IDisposable
{
    private enum Phase
    {
        Starting,
        Ready,
        Draining,
    }

    // Written by the host's start and stop, read by probes.
    private volatile Phase _phase;

    private readonly CancellationTokenSource _stopping = new();

    /// <summary>
    /// Cancelled when the drain delay is over and the server is about to stop. Whatever waits for something that may take long (a task's end, its
    /// next event) gives its answer then, and the stop need not wait for it.
    /// </summary>
    public CancellationToken Stopping => _stopping.Token;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_phase switch
        {
            Phase.Ready => HealthCheckResult.Healthy(),
            Phase.Starting => HealthCheckResult.Unhealthy("The process is starting."),
            _ => HealthCheckResult.Unhealthy("The process is draining."),
        });

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _phase = Phase.Ready;
        LogStarted();
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _phase = Phase.Draining;
        LogDraining(options.Value.DrainDelay, options.Value.GracePeriod);
        try
        {
            await Task.Delay(options.Value.DrainDelay, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Told a second time: stop at once.
        }

        await _stopping.CancelAsync();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        LogStopped();
        return Task.CompletedTask;
    }

    public void Dispose() => _stopping.Dispose();

    [LoggerMessage(4010, LogLevel.Information, "Started")]
    private partial void LogStarted();

    [LoggerMessage(4011, LogLevel.Information, "Draining: not ready from now on, taking requests for another {DrainDelay}, then finishing within {GracePeriod}")]
    private partial void LogDraining(TimeSpan drainDelay, TimeSpan gracePeriod);

    [LoggerMessage(4012, LogLevel.Information, "Stopped")]
    private partial void LogStopped();
}
