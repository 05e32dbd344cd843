namespace Orleans.Runtime;

/// <summary>Runs observers stage by stage. Not safe for concurrent use: one owner subscribes, starts and stops in turn.</summary>
internal sealed class Lifecycle : ISiloLifecycle, IGrainLifecycle
{
    private readonly List<Subscription> _subscriptions = [];
    private bool _started;

    public int HighestCompletedStage { get; private set; } = int.MinValue;

    public int LowestStoppedStage { get; private set; } = int.MaxValue;

    public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        if (_started)
            throw new InvalidOperationException("The lifecycle has already been started.");

        Subscription subscription = new(stage, observer);
        _subscriptions.Add(subscription);
        return subscription;
    }

    /// <summary>
    /// Starts all stages. On a failure the stages after it are left alone; <see cref="StopAsync"/> undoes those that started.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _started = true;
        foreach (IGrouping<int, Subscription> stage in _subscriptions.GroupBy(s => s.Stage).OrderBy(g => g.Key))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (Subscription subscription in stage)
                subscription.Started = true;
            await Task.WhenAll(stage.Select(s => s.Observer is { } o ? Guarded(() => o.OnStart(cancellationToken)) : Task.CompletedTask));
            HighestCompletedStage = stage.Key;
        }
    }

    /// <summary>Stops what was started. Every observer is asked, also after a failure or a cancellation.</summary>
    /// <exception cref="AggregateException">What observers threw.</exception>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        List<Exception> failures = [];
        foreach (IGrouping<int, Subscription> stage in
            _subscriptions.Where(s => s.Started).GroupBy(s => s.Stage).OrderByDescending(g => g.Key))
        {
            Task stopped = Task.WhenAll(stage.Select(s => s.Observer is { } o ? Guarded(() => o.OnStop(cancellationToken)) : Task.CompletedTask));
            await stopped.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (stopped.Exception is { } failure)
                failures.AddRange(failure.InnerExceptions);
            LowestStoppedStage = stage.Key;
        }

        if (failures.Count > 0)
            throw new AggregateException("Some observers did not stop in order.", failures);
    }

    // An observer that throws at once must not keep the others of its stage from being called.
    private static async Task Guarded(Func<Task> call) => await call();

    private sealed class Subscription(int stage, ILifecycleObserver observer) : IDisposable
    {
        public int Stage { get; } = stage;

        public ILifecycleObserver? Observer { get; private set; } = observer;

        public bool Started { get; set; }

        public void Dispose() => Observer = null;
    }
}
