using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>A silo of a test cluster.</summary>
public abstract class SiloHandle : IAsyncDisposable
{
    public required string Name { get; init; }

    public required SiloAddress SiloAddress { get; init; }

    public short InstanceNumber { get; init; }

    public abstract bool IsActive { get; }

    /// <param name="stopGracefully">False stops without waiting for grains to end.</param>
    public abstract Task StopSiloAsync(bool stopGracefully);

    public abstract ValueTask DisposeAsync();

    public override string ToString() => $"{Name}/{SiloAddress}";
}

/// <summary>A silo in the test's own process.</summary>
public class InProcessSiloHandle : SiloHandle
{
    private bool _stopped;

    public required IHost SiloHost { get; init; }

    public IServiceProvider ServiceProvider => SiloHost.Services;

    public override bool IsActive => !_stopped;

    public override async Task StopSiloAsync(bool stopGracefully)
    {
        if (_stopped)
            return;
        _stopped = true;
        await SiloHost.StopAsync(new CancellationToken(canceled: !stopGracefully));
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await StopSiloAsync(stopGracefully: true);
        await ((IAsyncDisposable)SiloHost).DisposeAsync();
    }

    internal static async Task<InProcessSiloHandle> StartAsync(IHost host)
    {
        await host.StartAsync();
        ILocalSiloDetails silo = host.Services.GetRequiredService<ILocalSiloDetails>();
        return new InProcessSiloHandle { SiloHost = host, Name = silo.Name, SiloAddress = silo.SiloAddress };
    }
}
