using Orleans.Storage;

namespace Gristmill.Contract.Tests.Storage;

[GenerateSerializer, Alias("contract.Counter")]
public sealed class Counter
{
    [Id(0)]
    public int Value { get; set; }
}

public interface IStateGrain : IGrainWithStringKey
{
    Task<int> Get();

    Task<bool> Exists();

    Task<string?> GetEtag();

    Task<int> Add(int amount);

    Task SetWithoutWriting(int value);

    Task Clear();

    Task Read();

    Task Deactivate();

    /// <summary>Writes behind the grain's back, so that its ETag is outdated.</summary>
    Task Overtake(int value);

    Task<string> AddAndCatchConflict(int amount);
}

public sealed class StateGrain(
    [PersistentState("counter")] IPersistentState<Counter> state,
    [PersistentState("other", "named")] IPersistentState<Counter> other,
    IGrainContext context,
    IServiceProvider services) : Grain, IStateGrain
{
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Signals.Raise($"{this.GetPrimaryKeyString()}-{reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<int> Get() => Task.FromResult(state.State.Value);

    public Task<bool> Exists() => Task.FromResult(state.RecordExists);

    public Task<string?> GetEtag() => Task.FromResult(state.Etag);

    public async Task<int> Add(int amount)
    {
        state.State.Value += amount;
        await state.WriteStateAsync();
        other.State.Value -= amount;
        await other.WriteStateAsync();
        return state.State.Value;
    }

    public Task SetWithoutWriting(int value)
    {
        state.State.Value = value;
        return Task.CompletedTask;
    }

    public Task Clear() => state.ClearStateAsync();

    public Task Read() => state.ReadStateAsync();

    public Task Deactivate()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task Overtake(int value)
    {
        IGrainStorage storage = (IGrainStorage)services.GetService(typeof(IGrainStorage))!;
        GrainState<Counter> record = new(new Counter());
        await storage.ReadStateAsync("counter", context.GrainId, record);
        record.State = new Counter { Value = value };
        await storage.WriteStateAsync("counter", context.GrainId, record);
    }

    public async Task<string> AddAndCatchConflict(int amount)
    {
        try
        {
            await Add(amount);
            return "written";
        }
        catch (InconsistentStateException e)
        {
            return e.CurrentEtag == state.Etag ? "conflict" : $"conflict with etag {e.CurrentEtag}";
        }
    }
}

public interface IFixedStateGrain : IGrainWithStringKey
{
    Task<(int Value, string? Etag)> Get();
}

public sealed class FixedStateGrain([PersistentState("counter", "own")] IPersistentState<Counter> state) : Grain, IFixedStateGrain
{
    public Task<(int Value, string? Etag)> Get() => Task.FromResult((state.State.Value, state.Etag));
}

/// <summary>A storage of the test's own: every record is there, counts to 7, and has the storage's name for its ETag.</summary>
public sealed class FixedStorage(string name) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.State = (T)(object)new Counter { Value = 7 };
        grainState.ETag = name;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();
}
