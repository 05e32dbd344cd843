using Gristmill.EmbeddedEngine.Tests.Time;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Gristmill.EmbeddedEngine.Tests;

/// <summary>A started silo on a clock of its own, and what its grains tell the test.</summary>
public sealed class TestSilo : IAsyncDisposable
{
    private readonly IHost _host;
    private Task? _stop;

    private TestSilo(IHost host) => _host = host;

    public ManualTime Time { get; private init; } = new();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public IManagementGrain Management => Grains.GetGrain<IManagementGrain>(0);

    /// <summary>Grains that the silo has something for.</summary>
    public int GrainCount => Engine.Catalog.Count;

    /// <summary>For what no caller can bring about at will.</summary>
    internal GrainEngine Engine => _host.Services.GetRequiredService<GrainEngine>();

    public Board Board => _host.Services.GetRequiredService<Board>();

    public static async Task<TestSilo> StartAsync(Action<ISiloBuilder>? configure = null)
    {
        ManualTime time = new();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<Board>();
        builder.UseOrleans(silo => configure?.Invoke(silo));
        TestSilo silo = new(builder.Build()) { Time = time };
        await silo._host.StartAsync();
        return silo;
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => _stop ??= _host.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _host.Dispose();
    }
}

/// <summary>Where grains and tests leave each other signals.</summary>
public sealed class Board : IDisposable
{
    private readonly Dictionary<string, TaskCompletionSource> _signals = [];

    /// <summary>For turns that block their threads.</summary>
    public ManualResetEventSlim Gate { get; } = new();

    public void Raise(string name) => Get(name).TrySetResult();

    public async Task Wait(string name)
    {
        try
        {
            await Get(name).Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Nobody raised the signal \"{name}\" within 20 s.");
        }
    }

    public void Dispose() => Gate.Dispose();

    private TaskCompletionSource Get(string name)
    {
        lock (_signals)
        {
            if (!_signals.TryGetValue(name, out TaskCompletionSource? signal))
                _signals[name] = signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return signal;
        }
    }
}
