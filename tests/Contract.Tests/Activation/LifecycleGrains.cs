namespace Gristmill.Contract.Tests.Activation;

public interface ILifecycleGrain : IGrainWithStringKey
{
    /// <summary>Another for each activation.</summary>
    Task<Guid> GetInstance();

    Task<bool> WasActivatedFirst();

    Task Deactivate();

    Task<Guid> DeactivateAndWait(string name);
}

public sealed class LifecycleGrain : Grain, ILifecycleGrain
{
    private readonly Guid _instance = Guid.NewGuid();
    private bool _activated;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        _activated = true;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Signals.Raise($"{this.GetPrimaryKeyString()}-{reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<Guid> GetInstance() => Task.FromResult(_instance);

    public Task<bool> WasActivatedFirst() => Task.FromResult(_activated);

    public Task Deactivate()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task<Guid> DeactivateAndWait(string name)
    {
        DeactivateOnIdle();
        Signals.Raise($"{name}-begun");
        await Signals.Wait($"{name}-go");
        return _instance;
    }
}

public interface IFailingActivationGrain : IGrainWithStringKey
{
    Task Call();
}

public sealed class FailingActivationGrain : Grain, IFailingActivationGrain
{
    private static int s_failures = 1;

    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        Interlocked.Decrement(ref s_failures) >= 0 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;

    public Task Call() => Task.CompletedTask;
}

/// <summary>A grain class without the base class: context and services come through the constructor.</summary>
public sealed class PlainGrain(IGrainContext context, IGrainFactory grains) : IGrainBase, IPlainGrain
{
    public IGrainContext GrainContext { get; } = context;

    public Task<string> Describe() => Task.FromResult($"{GrainContext.GrainId} {grains.GetGrain<IPlainGrain>("x") is not null}");
}

public interface IPlainGrain : IGrainWithStringKey
{
    Task<string> Describe();
}
