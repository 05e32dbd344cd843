namespace Orleans;

/// <summary>Something that starts and stops with a lifecycle.</summary>
public interface ILifecycleObserver
{
    Task OnStart(CancellationToken cancellationToken = default);

    Task OnStop(CancellationToken cancellationToken = default);
}

/// <summary>
/// Takes observers. Stages start in ascending order and stop in descending order; observers of one stage run side by side.
/// </summary>
public interface ILifecycleObservable
{
    /// <exception cref="InvalidOperationException">The lifecycle has started.</exception>
    IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer);
}

/// <summary>A service that the silo asks, before it starts, to subscribe to its lifecycle.</summary>
public interface ILifecycleParticipant<TLifecycleObservable>
    where TLifecycleObservable : ILifecycleObservable
{
    void Participate(TLifecycleObservable lifecycle);
}
