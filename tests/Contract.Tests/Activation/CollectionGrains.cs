using System.Collections.Concurrent;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Gristmill.Contract.Tests.Activation;

public interface IIdleGrain : IGrainWithStringKey
{
    Task Touch();

    Task Delay(TimeSpan time);

    Task Block(string name);
}

public abstract class IdleGrainBase : Grain, IIdleGrain
{
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Signals.Raise($"{this.GetPrimaryKeyString()}-{reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task Touch() => Task.CompletedTask;

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public async Task Block(string name)
    {
        Signals.Raise($"{name}-begun");
        await Signals.Wait($"{name}-go");
    }
}

[GrainType("idle")]
public sealed class IdleGrain : IdleGrainBase;

[KeepAlive, GrainType("kept-alive")]
public sealed class KeptAliveGrain : IdleGrainBase;

[CollectionAgeLimit(Hours = 1), GrainType("long-lived")]
public sealed class LongLivedGrain : IdleGrainBase;

[CollectionAgeLimit(AlwaysActive = true), GrainType("always-active")]
public sealed class AlwaysActiveGrain : IdleGrainBase;

public interface IWorkerGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Raises "{name}-begun-{n}" as the nth call of that name, waits for "{name}-go", and returns the instance that ran it.
    /// </summary>
    Task<Guid> Work(string name);
}

[StatelessWorker(2)]
public sealed class WorkerGrain : Grain, IWorkerGrain
{
    private static readonly ConcurrentDictionary<string, int> s_begun = new();

    private readonly Guid _instance = Guid.NewGuid();

    public async Task<Guid> Work(string name)
    {
        Signals.Raise($"{name}-begun-{s_begun.AddOrUpdate(name, 1, static (_, count) => count + 1)}");
        await Signals.Wait($"{name}-go");
        return _instance;
    }
}

public interface IWorkerCallerGrain : IGrainWithIntegerKey
{
    /// <summary>Calls at once to the worker with the caller's key; the instances that ran them.</summary>
    Task<Guid[]> CallWorkers(string name, int count);
}

public sealed class WorkerCallerGrain : Grain, IWorkerCallerGrain
{
    public Task<Guid[]> CallWorkers(string name, int count)
    {
        IWorkerGrain worker = GrainFactory.GetGrain<IWorkerGrain>(this.GetPrimaryKeyLong());
        return Task.WhenAll(Enumerable.Range(0, count).Select(_ => worker.Work(name)));
    }
}

public interface IStrategyGrain : IGrainWithIntegerKey
{
    Task<string> Where();
}

public abstract class StrategyGrainBase(ILocalSiloDetails silo) : Grain, IStrategyGrain
{
    public Task<string> Where() => Task.FromResult(silo.SiloAddress.ToParsableString());
}

[RandomPlacement, GrainType("placed-random")]
public sealed class RandomGrain(ILocalSiloDetails silo) : StrategyGrainBase(silo);

[HashBasedPlacement, GrainType("placed-by-hash")]
public sealed class HashedGrain(ILocalSiloDetails silo) : StrategyGrainBase(silo);

[ActivationCountBasedPlacement, GrainType("placed-by-count")]
public sealed class CountedGrain(ILocalSiloDetails silo) : StrategyGrainBase(silo);

[ResourceOptimizedPlacement, GrainType("placed-by-resources")]
public sealed class OptimizedGrain(ILocalSiloDetails silo) : StrategyGrainBase(silo);

public interface IPlacedGrain : IGrainWithIntegerKey
{
    Task<string> Where();
}

[PreferLocalPlacement, CollectionAgeLimit(Minutes = 30)]
public sealed class PlacedGrain(ILocalSiloDetails silo) : Grain, IPlacedGrain
{
    public Task<string> Where() => Task.FromResult(silo.SiloAddress.ToParsableString());
}
