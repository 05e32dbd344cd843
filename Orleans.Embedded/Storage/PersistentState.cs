using System.Runtime.CompilerServices;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>
/// One state of one activation. Operations run one after another, in the order in which they were asked for, and a write that has
/// not begun serves all who ask for one: a reentrant grain that writes from many calls makes few writes.
/// </summary>
internal sealed class PersistentState<TState>(string name, Activation activation, IGrainStorage storage)
    : IPersistentState<TState>, ILifecycleObserver
{
    private readonly GrainState<TState> _record = new(Fresh());

    // The last operation asked for, and the write that has not begun. Touched in turns only.
    private Task _tail = Task.CompletedTask;
    private Task? _nextWrite;
    private bool _read;

    public TState State
    {
        get
        {
            CheckTurn();
            return _record.State!;
        }

        set
        {
            CheckTurn();
            _record.State = value;
        }
    }

    public string? Etag => _record.ETag;

    public bool RecordExists => _read ? _record.RecordExists : throw new InvalidOperationException("State has not yet been loaded.");

    public Task OnStart(CancellationToken cancellationToken = default) => ReadStateAsync(cancellationToken);

    public Task OnStop(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    public Task ReadStateAsync(CancellationToken cancellationToken) => Enqueue(async () =>
    {
        await storage.ReadStateAsync(name, activation.GrainId, _record, cancellationToken);
        _read = true;
    }, cancellationToken);

    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    public Task WriteStateAsync(CancellationToken cancellationToken)
    {
        CheckTurn();
        if (_nextWrite is { } next && !cancellationToken.CanBeCanceled)
            return next;

        bool waits = !_tail.IsCompleted;
        Task write = Enqueue(() =>
        {
            _nextWrite = null;
            return storage.WriteStateAsync(name, activation.GrainId, _record, cancellationToken);
        }, cancellationToken);
        _nextWrite = waits && !cancellationToken.CanBeCanceled ? write : null;
        return write;
    }

    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    public Task ClearStateAsync(CancellationToken cancellationToken) =>
        Enqueue(() => storage.ClearStateAsync(name, activation.GrainId, _record, cancellationToken), cancellationToken);

    private Task Enqueue(Func<Task> operation, CancellationToken cancellationToken)
    {
        CheckTurn();

        // Whatever comes after this operation must not overtake it: a write asked for from now on is another one.
        _nextWrite = null;
        return _tail = RunAsync(_tail, operation, cancellationToken);
    }

    private async Task RunAsync(Task previous, Func<Task> operation, CancellationToken cancellationToken)
    {
        if (!previous.IsCompleted)
            await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        try
        {
            await operation();
        }
        catch (Exception e) when (e is not OrleansException && !(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            throw new OrleansException(
                $"Error from storage {storage.GetType().Name} with state {name} of grain {activation.GrainId}: {e.Message}", e);
        }
    }

    private void CheckTurn()
    {
        if (!ReferenceEquals(RuntimeContext.Activation, activation))
            throw new InvalidOperationException($"The state of grain {activation.GrainId} was used outside of the grain's turns.");
    }

    private static TState? Fresh()
    {
        if (typeof(TState).IsValueType || typeof(TState).GetConstructor(Type.EmptyTypes) is not null)
            return Activator.CreateInstance<TState>();
        return typeof(TState).IsAbstract || typeof(TState).IsArray || typeof(TState) == typeof(string)
            ? default
            : (TState)RuntimeHelpers.GetUninitializedObject(typeof(TState));
    }
}
