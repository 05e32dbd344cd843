using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>
/// A grain's state, read before <c>OnActivateAsync</c>. Comes into a grain through a constructor parameter marked
/// <see cref="PersistentStateAttribute"/>.
/// </summary>
public interface IPersistentState<TState> : IStorage<TState>;

/// <summary>Names a state of the grain and the storage that keeps it; without the latter, the default storage does.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute
{
    public string StateName { get; } = stateName;

    public string? StorageName { get; } = storageName;
}
