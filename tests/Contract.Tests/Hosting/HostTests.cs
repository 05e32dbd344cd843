using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gristmill.Contract.Tests.Hosting;

/// <summary>A host with a silo, as the product starts it.</summary>
public sealed class HostTests
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    [Fact]
    public async Task StartupTask_CallsGrains_BeforeTheHostIsUp()
    {
        bool called = false;
        using IHost host = Build(silo => silo.AddStartupTask(async (services, cancellationToken) =>
            called = await services.GetRequiredService<IGrainFactory>().GetGrain<IHostedGrain>(_key).Call()));

        await host.StartAsync();

        Assert.True(called);
        await host.StopAsync();
    }

    [Fact]
    public async Task FailingStartupTask_FailsTheStart()
    {
        using IHost host = Build(silo => silo.AddStartupTask((_, _) => Task.FromException(new InvalidOperationException("no luck"))));

        Assert.Equal("no luck", (await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task LifecycleParticipant_StartsAndStops_InOrderOfStages()
    {
        Participant participant = new();
        using IHost host = Build(silo => silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(participant));

        await host.StartAsync();
        await host.StopAsync();

        Assert.Equal(["start 10000", "start 20000", "stop 20000", "stop 10000"], participant.Events);
    }

    [Fact]
    public async Task Stop_DeactivatesGrains_AndRefusesCalls()
    {
        using IHost host = Build();
        await host.StartAsync();
        IHostedGrain grain = host.Services.GetRequiredService<IClusterClient>().GetGrain<IHostedGrain>(_key);
        await grain.Call();

        await host.StopAsync();

        await Signals.Wait($"{_key}-ShuttingDown");
        await Assert.ThrowsAnyAsync<SiloUnavailableException>(async () => await grain.Call());
    }

    private static IHost Build(Action<ISiloBuilder>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(FreePort(), FreePort());
            configure?.Invoke(silo);
        });
        return builder.Build();
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed class Participant : ILifecycleParticipant<ISiloLifecycle>
    {
        public List<string> Events { get; } = [];

        public void Participate(ISiloLifecycle lifecycle)
        {
            foreach (int stage in new[] { ServiceLifecycleStage.Active, ServiceLifecycleStage.ApplicationServices })
                lifecycle.Subscribe(nameof(Participant), stage, _ => Note($"start {stage}"), _ => Note($"stop {stage}"));
        }

        private Task Note(string what)
        {
            Events.Add(what);
            return Task.CompletedTask;
        }
    }
}

public interface IHostedGrain : IGrainWithStringKey
{
    Task<bool> Call();
}

public sealed class HostedGrain : Grain, IHostedGrain
{
    public Task<bool> Call() => Task.FromResult(true);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Signals.Raise($"{this.GetPrimaryKeyString()}-{reason.ReasonCode}");
        return Task.CompletedTask;
    }
}
