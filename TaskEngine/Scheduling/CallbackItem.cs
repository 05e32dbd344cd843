namespace Gristmill.Scheduling;

/// <summary>A callback as a work item, taken from a pool and returned to it as it runs.</summary>
internal sealed class CallbackItem : WorkItem
{
    private Action<object?>? _callback;
    private object? _state;

    public static CallbackItem Rent(Action<object?> callback, object? state, int lane)
    {
        CallbackItem item = ObjectPool<Maker>.Rent<CallbackItem>();
        item._callback = callback;
        item._state = state;
        item.Lane = lane;
        return item;
    }

    protected internal override void Execute()
    {
        Action<object?> callback = _callback!;
        object? state = _state;
        _callback = null;
        _state = null;
        // Before the call: the callback may rent again, and finds this one warm.
        ObjectPool<Maker>.Return(this);
        callback(state);
    }

    private readonly struct Maker : IMake
    {
        public static object Make() => new CallbackItem();
    }
}
