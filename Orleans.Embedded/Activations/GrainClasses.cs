using System.Collections.Concurrent;
using Orleans.CodeGeneration;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>The grain classes of the silo, by type name and by the interfaces they implement. Immutable but for caches.</summary>
internal sealed class GrainClasses
{
    private readonly Dictionary<GrainType, GrainClass> _byType = [];
    private readonly ConcurrentDictionary<(Type Interface, string? Prefix), GrainClass> _byInterface = new();

    public GrainClasses(GrainEngine engine, GrainManifest manifest, SiloMessagingOptions messaging, GrainCollectionOptions collection)
    {
        Manifest = manifest;
        foreach (Type type in manifest.Classes)
        {
            GrainClass grainClass = new(engine, type, messaging, collection);
            if (!_byType.TryAdd(grainClass.GrainType, grainClass))
            {
                throw new OrleansConfigurationException(
                    $"{type} and {_byType[grainClass.GrainType].Type} are both the grain type \"{grainClass.GrainType}\": give one a [GrainType].");
            }
        }
    }

    public GrainManifest Manifest { get; }

    /// <exception cref="ArgumentException">No class of the silo has that type.</exception>
    public GrainClass Get(GrainType type) =>
        _byType.GetValueOrDefault(type) ?? throw new ArgumentException($"This silo has no grain class of type \"{type}\".", nameof(type));

    /// <summary>The class behind an interface: the only one, or the one named like the interface.</summary>
    /// <exception cref="ArgumentException">There is none, or there are several.</exception>
    public GrainClass Get(Type interfaceType, string? classNamePrefix) =>
        _byInterface.GetOrAdd((interfaceType, classNamePrefix), static (key, self) => self.Find(key.Interface, key.Prefix), this);

    private GrainClass Find(Type interfaceType, string? prefix)
    {
        List<GrainClass> found = [.. _byType.Values.Where(c => interfaceType.IsAssignableFrom(c.Type))];
        if (prefix is not null)
            found.RemoveAll(c => c.Type.FullName?.StartsWith(prefix, StringComparison.Ordinal) != true);
        if (found.Count == 0)
            throw new ArgumentException($"Could not find an implementation for interface {interfaceType}.", nameof(interfaceType));
        if (found.Count == 1)
            return found[0];

        return found.Find(c => interfaceType.Name == $"I{c.Type.Name}")
            ?? throw new ArgumentException(
                $"{interfaceType} is implemented by {string.Join(" and ", found.Select(c => c.Type.Name))}: say which by a class name prefix.",
                nameof(interfaceType));
    }
}
