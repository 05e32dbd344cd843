using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Gristmill.EmbeddedEngine.Tests.Hosting;

/// <summary>Runs on this engine only: its stages, its refusals, and a silo without ports.</summary>
public sealed class SiloTests
{
    [Fact]
    public async Task WebHost_WithSilo_CallsGrains()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        await using WebApplication app = builder.Build();
        await app.StartAsync();

        Assert.Equal("hello", await app.Services.GetRequiredService<IClusterClient>().GetGrain<IEchoGrain>("a").Echo("hello"));
        await app.StopAsync();
    }

    [Fact]
    public async Task StartupTask_CallsGrains_BeforeTheHostIsUp()
    {
        string? said = null;
        using IHost host = Build(silo => silo.AddStartupTask(async (services, _) =>
            said = await services.GetRequiredService<IGrainFactory>().GetGrain<IEchoGrain>("a").Echo("ready")));

        await host.StartAsync();

        Assert.Equal("ready", said);
        await host.StopAsync();
    }

    [Fact]
    public async Task Lifecycle_StartsInOrderOfStages_AndStopsBackwards()
    {
        Participant participant = new();
        using IHost host = Build(silo => silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(participant));

        await host.StartAsync();
        await host.StopAsync();

        Assert.Equal(["start 4000", "start 10000", "stop 10000", "stop 4000"], participant.Events);
    }

    [Fact]
    public async Task FailingStartupTask_FailsTheStart()
    {
        using IHost host = Build(silo => silo.AddStartupTask((_, _) => throw new InvalidOperationException("no luck")));

        Assert.Equal("no luck", (await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task Call_BeforeStart_IsRefused()
    {
        using IHost host = Build();

        await Assert.ThrowsAsync<SiloUnavailableException>(() => Echo(host));
    }

    [Fact]
    public async Task Stop_DeactivatesGrains_AndRefusesCalls()
    {
        using IHost host = Build();
        await host.StartAsync();
        await Echo(host);

        await host.StopAsync();

        Assert.Equal(DeactivationReasonCode.ShuttingDown, host.Services.GetRequiredService<Told>().Reason);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => Echo(host));
    }

    [Fact]
    public async Task Stop_WithGrainThatDoesNotEnd_StopsWhenTheTimeIsOver()
    {
        using IHost host = Build();
        await host.StartAsync();
        Task stuck = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IEchoGrain>("a").Hang();
        await host.Services.GetRequiredService<Told>().Hanging.Task.WaitAsync(TimeSpan.FromSeconds(10));

        using CancellationTokenSource timeIsOver = new();
        Task stop = host.StopAsync(timeIsOver.Token);
        Assert.False(stop.IsCompleted);
        await timeIsOver.CancelAsync();

        await stop.WaitAsync(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<SiloUnavailableException>(() => stuck.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task ManagementGrain_KnowsTheSiloAndItsActivations()
    {
        using IHost host = Build();
        await host.StartAsync();
        await Echo(host);

        IManagementGrain management = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
        SiloAddress silo = host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        Assert.Equal([KeyValuePair.Create(silo, SiloStatus.Active)], await management.GetHosts(onlyActive: true));
        Assert.Equal(1, await management.GetTotalActivationCount());
        Assert.Equal(($"{typeof(EchoGrain).FullName},{typeof(EchoGrain).Assembly.GetName().Name}", 1), (await management.GetSimpleGrainStatistics()).Select(s => (s.GrainType, s.ActivationCount)).Single());
        await host.StopAsync();
    }

    [Fact]
    public async Task Client_WithoutSilo_DoesNotStart()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.UseOrleansClient(client => client.UseLocalhostClustering());
        using IHost host = builder.Build();

        await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync());
    }

    private static Task<string> Echo(IHost host) => host.Services.GetRequiredService<IGrainFactory>().GetGrain<IEchoGrain>("a").Echo("");

    private static IHost Build(Action<ISiloBuilder>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<Told>();
        builder.UseOrleans(silo => configure?.Invoke(silo));
        return builder.Build();
    }

    private sealed class Participant : ILifecycleParticipant<ISiloLifecycle>
    {
        public List<string> Events { get; } = [];

        public void Participate(ISiloLifecycle lifecycle)
        {
            foreach (int stage in new[] { ServiceLifecycleStage.ApplicationServices, ServiceLifecycleStage.RuntimeServices })
            {
                lifecycle.Subscribe(nameof(Participant), stage, _ => Note($"start {stage}"), _ => Note($"stop {stage}"));
            }
        }

        private Task Note(string what)
        {
            Events.Add(what);
            return Task.CompletedTask;
        }
    }
}

/// <summary>What a grain tells its test.</summary>
public sealed class Told
{
    public DeactivationReasonCode Reason { get; set; }

    public TaskCompletionSource Hanging { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

public interface IEchoGrain : IGrainWithStringKey
{
    Task<string> Echo(string text);

    Task Hang();
}

public sealed class EchoGrain(IServiceProvider services) : Grain, IEchoGrain
{
    private readonly Told? _told = services.GetService<Told>();

    public Task<string> Echo(string text) => Task.FromResult(text);

    public Task Hang()
    {
        _told?.Hanging.SetResult();
        return new TaskCompletionSource().Task;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_told is not null)
            _told.Reason = reason.ReasonCode;
        return Task.CompletedTask;
    }
}
