using Orleans.Concurrency;
using Orleans.Serialization.Invocation;

namespace Gristmill.Contract.Tests.Turns;

public interface IReentrantGrain : IGrainWithStringKey
{
    /// <summary>How many calls run when this one begins, itself included.</summary>
    Task<int> Step(string name);
}

[Reentrant]
public sealed class ReentrantGrain : Grain, IReentrantGrain
{
    private int _running;

    public async Task<int> Step(string name)
    {
        int running = ++_running;
        Signals.Raise($"{name}-begun");
        await Signals.Wait($"{name}-go");
        _running--;
        return running;
    }
}

public interface IChoosyGrain : IGrainWithStringKey
{
    Task<int> Step(string name);

    Task<int> MayInterleave(string name);
}

[MayInterleave(nameof(Choose))]
public sealed class ChoosyGrain : Grain, IChoosyGrain
{
    private int _running;

    public static bool Choose(IInvokable request) =>
        request.GetMethodName() == nameof(MayInterleave) && request.GetArgument(0) is string name && name.EndsWith("yes", StringComparison.Ordinal);

    public Task<int> Step(string name) => Run(name);

    public Task<int> MayInterleave(string name) => Run(name);

    private async Task<int> Run(string name)
    {
        int running = ++_running;
        Signals.Raise($"{name}-begun");
        await Signals.Wait($"{name}-go");
        _running--;
        return running;
    }
}

public interface IChainGrain : IGrainWithStringKey
{
    /// <summary>Calls the other grain, which calls back.</summary>
    Task<string> CallAndBeCalled(string other, bool allow);

    Task<string> CallBack(string caller);

    [ResponseTimeout("00:00:00.5")]
    Task<string> Answer();
}

public sealed class ChainGrain : Grain, IChainGrain
{
    public async Task<string> CallAndBeCalled(string other, bool allow)
    {
        IChainGrain grain = GrainFactory.GetGrain<IChainGrain>(other);
        if (!allow)
            return await grain.CallBack(this.GetPrimaryKeyString());

        using RequestContext.ReentrancySection section = RequestContext.AllowCallChainReentrancy();
        return await grain.CallBack(this.GetPrimaryKeyString());
    }

    public async Task<string> CallBack(string caller)
    {
        try
        {
            return await GrainFactory.GetGrain<IChainGrain>(caller).Answer();
        }
        catch (TimeoutException)
        {
            return "timed out";
        }
    }

    public Task<string> Answer() => Task.FromResult("answered");
}
