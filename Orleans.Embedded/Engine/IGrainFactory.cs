using Orleans.Runtime;

namespace Orleans;

/// <summary>
/// Makes references to grains. A reference costs no call; the grain is activated by its first call. Safe from any thread.
/// </summary>
public interface IGrainFactory
{
    /// <exception cref="ArgumentException">No grain class implements the interface, or several do.</exception>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;

    /// <inheritdoc cref="GetGrain{TGrainInterface}(string, string?)"/>
    TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey;

    /// <inheritdoc cref="GetGrain{TGrainInterface}(string, string?)"/>
    TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey;

    TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable;

    IAddressable GetGrain(GrainId grainId);

    IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);

    IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey);

    IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey);
}

/// <summary>The way into the cluster for code that is no grain.</summary>
public interface IClusterClient : IGrainFactory
{
    IServiceProvider ServiceProvider { get; }
}
