namespace Orleans.Runtime;

/// <summary>What a grain can ask of its silo.</summary>
public interface IGrainRuntime
{
    string SiloIdentity { get; }

    SiloAddress SiloAddress { get; }

    IGrainFactory GrainFactory { get; }

    IServiceProvider ServiceProvider { get; }

    TimeProvider TimeProvider { get; }

    void DeactivateOnIdle(IGrainContext grainContext);

    /// <inheritdoc cref="Grain.DelayDeactivation"/>
    void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan);
}
