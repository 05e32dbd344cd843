using System.Collections.Concurrent;

namespace Orleans.Runtime;

/// <summary>Makes grain references. Also the cluster client: the cluster is this process.</summary>
internal sealed class GrainFactory(GrainEngine engine) : IClusterClient
{
    private readonly ConcurrentDictionary<(Type Interface, GrainType Class), GrainReferenceShared> _shared = new();
    private readonly ConcurrentDictionary<Type, GrainReferenceShared> _default = new();

    public IServiceProvider ServiceProvider => engine.Services;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        return (TGrainInterface)(object)Get(typeof(TGrainInterface), IdSpan.Create(primaryKey), grainClassNamePrefix);
    }

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey =>
        (TGrainInterface)(object)Get(typeof(TGrainInterface), GrainIdKeyExtensions.CreateIntegerKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey =>
        (TGrainInterface)(object)Get(typeof(TGrainInterface), GrainIdKeyExtensions.CreateGuidKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => (TGrainInterface)GetReference(typeof(TGrainInterface), grainId);

    public IAddressable GetGrain(GrainId grainId) => GetReference(grainId);

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => Get(grainInterfaceType, IdSpan.Create(grainPrimaryKey));

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) =>
        Get(grainInterfaceType, GrainIdKeyExtensions.CreateIntegerKey(grainPrimaryKey));

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) =>
        Get(grainInterfaceType, GrainIdKeyExtensions.CreateGuidKey(grainPrimaryKey));

    /// <summary>A reference to the grain as the given interface.</summary>
    internal object GetReference(Type interfaceType, GrainId grainId)
    {
        GrainReferenceShared shared = _shared.GetOrAdd(
            (interfaceType, grainId.Type), static (key, self) => self.Make(key.Interface, key.Class), this);
        return shared.Create(shared, grainId.Key);
    }

    /// <summary>A reference that no interface is known for: it names the grain and can be cast.</summary>
    internal GrainReference GetReference(GrainId grainId) => new UntypedReference(
        new GrainReferenceShared(engine, grainId.Type, typeof(IAddressable), static (shared, key) => new UntypedReference(shared, key)), grainId.Key);

    private IGrain Get(Type interfaceType, IdSpan key, string? classNamePrefix = null)
    {
        if (interfaceType == typeof(IManagementGrain))
            return new ManagementGrain(engine, key);

        GrainReferenceShared shared = classNamePrefix is null
            ? _default.GetOrAdd(interfaceType, static (type, self) => self.Make(type, self.ClassOf(type, null)), this)
            : Make(interfaceType, ClassOf(interfaceType, classNamePrefix));
        return (IGrain)(object)shared.Create(shared, key);
    }

    private GrainType ClassOf(Type interfaceType, string? prefix) => engine.Classes.Get(interfaceType, prefix).GrainType;

    private GrainReferenceShared Make(Type interfaceType, GrainType grainType) =>
        engine.Classes.Manifest.Interfaces.TryGetValue(interfaceType, out var create)
            ? new GrainReferenceShared(engine, grainType, interfaceType, create)
            : throw new ArgumentException($"{interfaceType} is no grain interface of this silo.", nameof(interfaceType));

    private sealed class UntypedReference(GrainReferenceShared shared, IdSpan key) : GrainReference(shared, key);
}
