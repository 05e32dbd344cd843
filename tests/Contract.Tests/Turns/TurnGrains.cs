using Orleans.Concurrency;

namespace Gristmill.Contract.Tests.Turns;

/// <summary>Raises "{name}-begun", waits for "{name}-go", and counts how many calls run at once.</summary>
public interface IStepGrain : IGrainWithStringKey
{
    Task<int> Step(string name);

    [ReadOnly]
    Task<int> Read(string name);

    [AlwaysInterleave]
    Task<int> Interleave(string name);

    ValueTask<int> Add(int a, int b);

    ValueTask Check(bool holds);

    Task<bool> AwaitsStayInTheTurn();

    Task<int> CountWithoutLocks(int steps);

    Task<int> GetCount();

    Task<string> CallOther(string other);

    Task<int> CallMyself();
}

public sealed class StepGrain : Grain, IStepGrain
{
    private int _running;
    private int _count;

    public Task<int> Step(string name) => Run(name);

    public Task<int> Read(string name) => Run(name);

    public Task<int> Interleave(string name) => Run(name);

    public ValueTask<int> Add(int a, int b) => ValueTask.FromResult(a + b);

    public async ValueTask Check(bool holds)
    {
        await Task.Yield();
        if (!holds)
            throw new InvalidOperationException("It does not hold.");
    }

    public async Task<bool> AwaitsStayInTheTurn()
    {
        TaskScheduler mine = TaskScheduler.Current;
        await Task.Yield();
        bool afterYield = TaskScheduler.Current == mine;
        await Task.Delay(1);
        bool afterDelay = TaskScheduler.Current == mine;
        bool inTaskRun = await Task.Run(() => TaskScheduler.Current == mine);
        return mine != TaskScheduler.Default && afterYield && afterDelay && !inTaskRun && TaskScheduler.Current == mine;
    }

    public async Task<int> CountWithoutLocks(int steps)
    {
        await Task.WhenAll(Enumerable.Range(0, steps).Select(async _ =>
        {
            int seen = _count;
            _count = seen + 1;
            await Task.Yield();
            seen = _count;
            _count = seen + 1;
        }));
        return _count;
    }

    public Task<int> GetCount() => Task.FromResult(_count);

    public async Task<string> CallOther(string other)
    {
        await GrainFactory.GetGrain<IStepGrain>(other).Add(1, 2);
        return TaskScheduler.Current == TaskScheduler.Default ? "left the turn" : "in the turn";
    }

    public Task<int> CallMyself() => GrainFactory.GetGrain<IStepGrain>(this.GetPrimaryKeyString()).GetCount();

    private async Task<int> Run(string name)
    {
        int running = ++_running;
        Signals.Raise($"{name}-begun");
        await Signals.Wait($"{name}-go");
        _running--;
        return running;
    }
}
