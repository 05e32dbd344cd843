namespace Gristmill.Contract.Tests.Management;

public interface IMeasuredGrain : IGrainWithStringKey
{
    Task Touch();

    /// <summary>Calls the other grain as often as that, one call after the other.</summary>
    Task Call(string other, int times);

    Task Deactivate();
}

/// <summary>Fails to activate under a key that begins with "failing".</summary>
public sealed class MeasuredGrain : Grain, IMeasuredGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        this.GetPrimaryKeyString().StartsWith("failing", StringComparison.Ordinal)
            ? throw new InvalidOperationException("no activation")
            : Task.CompletedTask;

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Signals.Raise($"{this.GetPrimaryKeyString()}-{reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task Touch() => Task.CompletedTask;

    public async Task Call(string other, int times)
    {
        IMeasuredGrain grain = GrainFactory.GetGrain<IMeasuredGrain>(other);
        for (int i = 0; i < times; i++)
            await grain.Touch();
    }

    public Task Deactivate()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
