using Gristmill.Scheduling;

namespace Gristmill.Tasks;

/// <summary>Runs a typed request: arguments and result stay objects.</summary>
internal sealed class RequestRun<T> : TaskRun<T>
{
    private TaskRequest<T>? _request;

    public static RequestRun<T> Rent(
        TaskEngine engine, KindState kind, TaskRequest<T> request, TaskRunOptions options, CancellationToken cancellationToken)
    {
        RequestRun<T> run = ObjectPool<Maker>.Rent<RequestRun<T>>();
        run._request = request;
        run.Begin(engine, kind, options);
        run.WatchCaller(cancellationToken);
        return run;
    }

    protected override ValueTask<T> InvokeAsync() => _request!.InvokeAsync(Context);

    protected override void Recycle()
    {
        _request = null;
        if (TryResetResult())
            ObjectPool<Maker>.Return(this);
    }

    private readonly struct Maker : IMake
    {
        public static object Make() => new RequestRun<T>();
    }
}
