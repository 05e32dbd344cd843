using Microsoft.Extensions.Hosting;

namespace Orleans.Runtime;

/// <summary>Starts and stops the silo with its host.</summary>
internal sealed class SiloHostedService : IHostedService
{
    private readonly GrainEngine _engine;
    private readonly ILocalSiloDetails _silo;
    private readonly Lifecycle _lifecycle = new();

    public SiloHostedService(GrainEngine engine, ILocalSiloDetails silo, IEnumerable<ILifecycleParticipant<ISiloLifecycle>> participants)
    {
        _engine = engine;
        _silo = silo;
        _lifecycle.Subscribe(nameof(GrainEngine), ServiceLifecycleStage.RuntimeInitialize, Start, onStop: null);

        // Grains end before the services that they use.
        _lifecycle.Subscribe(nameof(GrainEngine), ServiceLifecycleStage.BecomeActive, _ => Task.CompletedTask, engine.StopAsync);
        foreach (ILifecycleParticipant<ISiloLifecycle> participant in participants)
            participant.Participate(_lifecycle);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _lifecycle.StartAsync(cancellationToken);
        _engine.Log.Started(_silo.Name, _silo.SiloAddress);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _lifecycle.StopAsync(cancellationToken);
            _engine.Log.Stopped(_silo.Name);
        }
        catch (AggregateException e)
        {
            _engine.Log.StoppedEarly(_silo.Name, e);
        }
    }

    private Task Start(CancellationToken cancellationToken)
    {
        _engine.Start();
        return Task.CompletedTask;
    }
}
