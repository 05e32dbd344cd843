namespace Orleans.Runtime;

/// <summary>The lifecycle of an activation: subscribe while the grain is being constructed.</summary>
public interface IGrainLifecycle : ILifecycleObservable;

/// <summary>The lifecycle of the silo.</summary>
public interface ISiloLifecycle : ILifecycleObservable
{
    /// <summary>The last stage that has started.</summary>
    int HighestCompletedStage { get; }

    /// <summary>The last stage that has stopped; <see cref="int.MaxValue"/> before the silo stops.</summary>
    int LowestStoppedStage { get; }
}
