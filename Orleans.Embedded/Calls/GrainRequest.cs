using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.CodeGeneration;

/// <summary>
/// One call on its way: arguments, the caller's response, and its place in the target's queue. Generated code derives one class
/// per grain method; objects are pooled.
/// </summary>
/// <remarks>
/// Who may touch a request: the caller until it is sent; then its target, under the target's gate while the request is in a list.
/// Time-out and cancellation come from outside: they first win <see cref="TryAnswer"/>, which exactly one party does per call,
/// and a request answered from outside is never pooled again. Its running invocation, if there is one, ends unheard.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
[SuppressMessage("Design", "CA1001", Justification = "The token source has no timer and no wait handle: there is nothing to dispose of.")]
public abstract class GrainRequest : IInvokable
{
    private const int Open = 0;
    private const int Answered = 1;
    private const int Unwanted = 2;

    private readonly Action _onInvoked;
    private Task? _invocation;
    private CancellationTokenSource? _cancellation;
    private CancellationTokenRegistration _callerRegistration;
    private int _answer;

    protected GrainRequest(GrainMethod method)
    {
        Method = method;
        Options = method?.Options ?? InvokeMethodOptions.None;
        _onInvoked = OnInvoked;
    }

    public GrainMethod Method { get; }

    public bool IsCancellable => Method.IsCancellable;

    // Place in the target's lists: written and read under the target's gate.
    internal GrainRequest? Previous { get; set; }

    internal GrainRequest? Next { get; set; }

    internal RequestPlace Place { get; set; }

    internal Activation? Target { get; set; }

    // Written by the sender before the request is queued, read by its target.
    internal InvokeMethodOptions Options { get; private protected set; }

    internal IGrainContext? Caller { get; set; }

    internal Dictionary<string, object>? Context { get; set; }

    /// <summary>
    /// Timestamp after which the caller no longer waits; <see cref="long.MaxValue"/> for a caller that does not wait at all.
    /// </summary>
    internal long Deadline { get; set; }

    /// <summary>
    /// True for the engine's own requests (timer ticks): no limit, no forwarding, and they run in a deactivating grain.
    /// </summary>
    internal virtual bool IsLocal => false;

    /// <summary>True when running it counts as use of the grain.</summary>
    internal virtual bool KeepsAlive => true;

    internal bool IsAnswered => Volatile.Read(ref _answer) == Answered;

    internal bool WantsAnswer => _answer != Unwanted;

    internal Exception? Failure { get; set; }

    /// <summary>Activations in a row that ended, without having served a call, while the request waited in them.</summary>
    internal int Forwards { get; set; }

    /// <summary>
    /// The token that the grain method gets. It is the call's own, so that its callbacks can run in the grain's turn.
    /// </summary>
    protected CancellationToken CalleeToken => _cancellation?.Token ?? default;

    public abstract int GetArgumentCount();

    public abstract object? GetArgument(int index);

    public string GetMethodName() => Method.Name;

    public string GetInterfaceName() => Method.InterfaceType.FullName ?? Method.InterfaceType.Name;

    public string GetActivityName() => $"{Method.InterfaceType.Name}/{Method.Name}";

    public Type GetInterfaceType() => Method.InterfaceType;

    public MethodInfo GetMethod() => Method.Info;

    public object? GetTarget() => Target?.GrainInstance;

    public CancellationToken GetCancellationToken() => CalleeToken;

    public TimeSpan? GetDefaultResponseTimeout() => Method.ResponseTimeout;

    /// <summary>The result, boxed. Setting it replaces the outcome, a failure included.</summary>
    internal abstract object? Result { get; set; }

    /// <summary>
    /// Calls the grain method. Null when it has ended and its outcome is stored; otherwise the task to give to
    /// <see cref="Collect"/>.
    /// </summary>
    internal abstract Task? Start(object grain);

    /// <summary>Stores the outcome of a task that <see cref="Start"/> returned.</summary>
    internal abstract void Collect(Task invocation);

    /// <summary>Completes the caller's task with the stored outcome.</summary>
    private protected abstract void CompleteCaller(Exception? failure);

    /// <summary>Forgets arguments and outcome, and puts the object back into its pool.</summary>
    private protected abstract void Recycle();

    internal void MakeOneWay() => _answer = Unwanted;

    /// <summary>Ties the call to the caller's token. Called once, before the request is queued.</summary>
    internal void LinkToCaller(CancellationToken token)
    {
        if (Method.IsCancellable)
            _cancellation = new CancellationTokenSource();
        if (token.CanBeCanceled && WantsAnswer)
            _callerRegistration = token.UnsafeRegister(static (request, token) => ((GrainRequest)request!).OnCallerCancelled(token), this);
    }

    /// <summary>True for exactly one party per call: that one completes the caller.</summary>
    internal bool TryAnswer() => Interlocked.CompareExchange(ref _answer, Answered, Open) == Open;

    /// <summary>Ends the call from its target's side: the outcome is stored, the request is in no list any more.</summary>
    internal void Complete()
    {
        bool mine = !WantsAnswer;
        if (!mine && TryAnswer())
        {
            mine = true;
            CompleteCaller(Failure);
        }

        // A registration that cannot be undone has run or is running with this object in hand: then it must not be reused.
        if (mine && (_callerRegistration == default || _callerRegistration.Unregister()))
        {
            Reset();
            Recycle();
        }
    }

    /// <summary>Ends a call that never ran.</summary>
    internal void Reject(Exception failure)
    {
        Failure = failure;
        Complete();
    }

    /// <summary>
    /// Completes the caller from outside the grain's turn, after <see cref="TryAnswer"/> was won. The caller's continuation must
    /// not run on the thread that found the time-out or cancelled the token.
    /// </summary>
    internal void AnswerFromOutside(Exception failure) => ThreadPool.UnsafeQueueUserWorkItem(
        static answer => answer.Request.CompleteCaller(answer.Failure), (Request: this, Failure: failure), preferLocal: false);

    /// <summary>Cancels the token that the grain method holds. Runs in the grain's turn.</summary>
    internal void CancelInvocation() => _cancellation?.Cancel();

    /// <summary>Calls <see cref="Activation.OnInvoked"/> in the grain's turn when the task has ended.</summary>
    /// <param name="invocation">What to wait for.</param>
    /// <param name="collect">True when the task's outcome is the call's; false when the outcome is stored by then.</param>
    internal void Await(Task invocation, bool collect)
    {
        _invocation = collect ? invocation : null;
        invocation.GetAwaiter().UnsafeOnCompleted(_onInvoked);
    }

    private void OnInvoked()
    {
        if (_invocation is { } invocation)
        {
            _invocation = null;
            Collect(invocation);
        }

        Target!.OnInvoked(this);
    }

    private void OnCallerCancelled(CancellationToken token)
    {
        if (!TryAnswer())
            return;

        // A request on its way to another activation has no target: whoever accepts it next sees that it is answered.
        while (Target is { } target && !target.Abandon(this, cancel: true))
        {
        }

        AnswerFromOutside(new OperationCanceledException(token));
    }

    private void Reset()
    {
        Target = null;
        Caller = null;
        Context = null;
        Failure = null;
        _cancellation = null;
        _callerRegistration = default;
        Forwards = 0;
        Volatile.Write(ref _answer, Open);
    }
}
