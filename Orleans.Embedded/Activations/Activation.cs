using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Runtime;

/// <summary>
/// One activation of a grain: its object, its requests and its turns. It is its own task scheduler, which makes
/// <see cref="TaskScheduler.Current"/> say in whose turn code runs, and spares an object per activation.
/// </summary>
/// <remarks>
/// <para><see cref="_gate"/> guards every field that says so; it is held for moments and never while foreign code runs, with one
/// exception: the <c>[MayInterleave]</c> predicate. All else is touched only in turns, which never overlap.</para>
/// <para>Parts: <c>Turns</c> runs work, <c>Requests</c> decides which request may start, <c>Lifetime</c> begins and ends the
/// activation.</para>
/// </remarks>
internal sealed partial class Activation : TaskScheduler, IGrainContext, IWorkItemScheduler, IThreadPoolWorkItem, IRequestTarget
{
    private readonly Lock _gate = new();
    private readonly WorkerPool? _pool;

    // What few activations need, made under the gate on first use.
    private ActivationExtras? _extras;

    public Activation(GrainClass grainClass, GrainId grainId, WorkerPool? pool)
    {
        Class = grainClass;
        GrainId = grainId;
        _pool = pool;
    }

    public GrainClass Class { get; }

    public GrainEngine Engine => Class.Engine;

    public GrainId GrainId { get; }

    public object? GrainInstance { get; private set; }

    public GrainReference GrainReference => Extras.Reference ??= Engine.Factory.GetReference(GrainId);

    public ActivationId ActivationId
    {
        get
        {
            lock (_gate)
            {
                ActivationExtras extras = Extras;
                return extras.Id.IsDefault ? extras.Id = ActivationId.NewId() : extras.Id;
            }
        }
    }

    public GrainAddress Address => new() { GrainId = GrainId, ActivationId = ActivationId, SiloAddress = Engine.SiloAddress };

    public IServiceProvider ActivationServices
    {
        get
        {
            lock (_gate)
                return (Extras.Scope ??= Engine.Services.CreateAsyncScope()).ServiceProvider;
        }
    }

    public IGrainLifecycle ObservableLifecycle
    {
        get
        {
            lock (_gate)
                return Extras.Lifecycle ??= new Lifecycle();
        }
    }

    public IWorkItemScheduler Scheduler => this;

    public Task Deactivated
    {
        get
        {
            lock (_gate)
            {
                if (_state == ActivationState.Invalid)
                    return Task.CompletedTask;
                return (Extras.Gone ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }
    }

    Task IRequestTarget.Gone => Deactivated;

    private ActivationExtras Extras
    {
        get
        {
            lock (_gate)
                return _extras ??= new ActivationExtras();
        }
    }

    public void CollectActivations(List<Activation> into)
    {
        if (IsValid)
            into.Add(this);
    }

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    public override string ToString() => $"[Activation: {GrainId} {_state} waiting={_waiting.Count} running={_running.Count}]";

    /// <summary>
    /// Lets requests of the call chain start while another request of it waits in this grain. Called in a turn.
    /// </summary>
    internal void EnterReentrantSection(Guid id)
    {
        lock (_gate)
        {
            Dictionary<Guid, int> sections = Extras.ReentrantSections ??= [];
            sections[id] = sections.GetValueOrDefault(id) + 1;
        }
    }

    internal void LeaveReentrantSection(Guid id)
    {
        lock (_gate)
        {
            if (Extras.ReentrantSections is not { } sections || !sections.TryGetValue(id, out int depth))
                return;
            if (depth > 1)
                sections[id] = depth - 1;
            else
                sections.Remove(id);
        }
    }

    internal void AddTimer(GrainTimer timer)
    {
        lock (_gate)
            (Extras.Timers ??= []).Add(timer);
    }

    internal void RemoveTimer(GrainTimer timer)
    {
        lock (_gate)
            Extras.Timers?.Remove(timer);
    }

    private sealed class ActivationExtras
    {
        public ActivationId Id;
        public GrainReference? Reference;
        public AsyncServiceScope? Scope;
        public Lifecycle? Lifecycle;
        public TaskCompletionSource? Gone;
        public Dictionary<Guid, int>? ReentrantSections;
        public HashSet<GrainTimer>? Timers;
        public CancellationTokenSource? Activating;
        public DeactivationReason Reason;
        public CancellationToken DeactivationToken;
        public long KeepAliveUntil;
    }
}

internal enum ActivationState : byte
{
    /// <summary>Known to the catalog; nothing has run.</summary>
    Creating,

    /// <summary>Constructing the grain, reading its state, running <c>OnActivateAsync</c>.</summary>
    Activating,

    Valid,

    /// <summary>Takes requests, starts none: they are for the next activation.</summary>
    Deactivating,

    /// <summary>Takes nothing.</summary>
    Invalid,
}
