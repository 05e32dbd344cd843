using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gristmill.Storage;

/// <summary>Opens a database in the phase before services start, so that a refusal ends the host's start.</summary>
internal sealed class OpenAtStart<TDatabase>(IServiceProvider provider) : IHostedLifecycleService
    where TDatabase : class
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        provider.GetRequiredService<TDatabase>();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
