namespace Gristmill.Scheduling;

/// <summary>
/// Brings an <c>await</c> of a handler back to the pool, in the lane of its task. One per lane; current while a handler runs.
/// </summary>
internal sealed class WorkerSynchronizationContext(WorkerPool pool, int lane) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state)
    {
        ArgumentNullException.ThrowIfNull(d);
        ResumeItem item = ObjectPool<ResumeItem.Maker>.Rent<ResumeItem>();
        item.Context = this;
        item.Callback = d;
        item.State = state;
        item.Lane = lane;
        pool.Post(item);
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        ArgumentNullException.ThrowIfNull(d);
        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    private sealed class ResumeItem : WorkItem
    {
        public WorkerSynchronizationContext? Context;
        public SendOrPostCallback? Callback;
        public object? State;

        protected internal override void Execute()
        {
            SendOrPostCallback callback = Callback!;
            object? state = State;
            SetSynchronizationContext(Context);
            Context = null;
            Callback = null;
            State = null;
            ObjectPool<Maker>.Return(this);
            try
            {
                callback(state);
            }
            finally
            {
                SetSynchronizationContext(null);
            }
        }

        public readonly struct Maker : IMake
        {
            public static object Make() => new ResumeItem();
        }
    }
}
