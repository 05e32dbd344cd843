using Gristmill.Grains.Users;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gristmill.Client.Users;

/// <summary>
/// Has the user directory filled when the process starts, and says that it is not ready until then: the first search finds it warm. A partition that
/// moves later is no reason to turn requests away.
/// </summary>
internal sealed partial class UserDirectoryLoad(IGrainFactory grains, TimeProvider time, ILogger<UserDirectoryLoad> logger)
    : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(200);

    // Written once by the loop, read by probes.
    private volatile bool _isLoaded;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isLoaded ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The user directory is being read from the store."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string? said = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await grains.GetGrain<IUserCollectionGrain>(0).CountAsync(stoppingToken);
                _isLoaded = true;
                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (said != exception.Message)
                    LogNotLoaded(said = exception.Message);
            }

            await Task.Delay(s_retry, time, stoppingToken);
        }
    }

    [LoggerMessage(4002, LogLevel.Information, "The user directory is not loaded yet: {Reason}")]
    private partial void LogNotLoaded(string reason);
}
