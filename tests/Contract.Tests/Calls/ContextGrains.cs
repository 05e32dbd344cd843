using Orleans.Concurrency;

namespace Gristmill.Contract.Tests.Calls;

public interface IContextGrain : IGrainWithStringKey
{
    Task<string?> Get(string key);

    Task<string?> GetThrough(string other, string key);

    Task Set(string key, string value);

    ValueTask<bool> SeesTheCallersAsyncLocal();

    [OneWay]
    Task Notify(string name);

    [OneWay]
    Task NotifyAndFail(string name);

    [OneWay]
    Task NotifyWithToken(CancellationToken cancellationToken);

    Task NotifyOther(string other, string name);

    Task<int> GetNotified();
}

public sealed class ContextGrain : Grain, IContextGrain
{
    public static readonly AsyncLocal<bool> Local = new();

    private int _notified;

    public Task<string?> Get(string key) => Task.FromResult(RequestContext.Get(key) as string);

    public async Task<string?> GetThrough(string other, string key)
    {
        await Task.Yield();
        return await GrainFactory.GetGrain<IContextGrain>(other).Get(key);
    }

    // Not async: what it sets must not stay behind on the thread.
    public Task Set(string key, string value)
    {
        RequestContext.Set(key, value);
        return Task.CompletedTask;
    }

    public ValueTask<bool> SeesTheCallersAsyncLocal() => ValueTask.FromResult(Local.Value);

    public async Task Notify(string name)
    {
        await Signals.Wait($"{name}-go");
        _notified++;
        Signals.Raise($"{name}-done");
    }

    public Task NotifyAndFail(string name)
    {
        _notified++;
        Signals.Raise($"{name}-done");
        throw new InvalidOperationException("nobody hears this");
    }

    public Task NotifyWithToken(CancellationToken cancellationToken)
    {
        _notified++;
        return Task.CompletedTask;
    }

    public Task NotifyOther(string other, string name) => GrainFactory.GetGrain<IContextGrain>(other).NotifyAndFail(name);

    public Task<int> GetNotified() => Task.FromResult(_notified);
}
