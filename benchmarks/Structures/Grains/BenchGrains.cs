namespace Gristmill.Benchmarks.Grains;

public interface IPingGrain : IGrainWithIntegerKey
{
    Task<int> Add(int a, int b);

    Task<int> AddCancellable(int a, int b, CancellationToken cancellationToken);

    Task<int> AddAfterYield(int a, int b);

    /// <summary>Calls the other grain as often as that, one call after the other.</summary>
    Task<int> CallOther(long other, int calls);

    /// <summary>Blocks the thread of its turn.</summary>
    Task Block(TimeSpan time);
}

public sealed class PingGrain : Grain, IPingGrain
{
    public Task<int> Add(int a, int b) => Task.FromResult(a + b);

    public Task<int> AddCancellable(int a, int b, CancellationToken cancellationToken) => Task.FromResult(a + b);

    public async Task<int> AddAfterYield(int a, int b)
    {
        await Task.Yield();
        return a + b;
    }

    public async Task<int> CallOther(long other, int calls)
    {
        IPingGrain grain = GrainFactory.GetGrain<IPingGrain>(other);
        int sum = 0;
        for (int i = 0; i < calls; i++)
            sum += await grain.Add(1, 2);
        return sum;
    }

    public Task Block(TimeSpan time)
    {
        Thread.Sleep(time);
        return Task.CompletedTask;
    }
}
