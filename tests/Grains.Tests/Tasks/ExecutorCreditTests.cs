using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class ExecutorCreditTests
{
    private const int Workers = 2;
    private const int Partitions = 8;

    private readonly ExecutorCredit _credit = new(Workers, Partitions, maxPrefetch: 1_024);

    public ExecutorCreditTests()
    {
        // Tasks have been long: nothing is taken ahead.
        for (int i = 0; i < 200; i++)
            _credit.Observe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Partition_WithTasks_CanBeAskedThoughAllOthersWaitForSome()
    {
        for (int idle = 1; idle < Partitions; idle++)
            Assert.Equal(1, await TakeAsync(1));

        // One request and one task at a time, again and again, as its tasks are run.
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(1, await TakeAsync(1));
            _credit.Answered(credit: 1, granted: 1);
            Assert.Equal(1, await TakeAsync(1));
            _credit.Answered(credit: 1, granted: 1);
            _credit.Return(2);
        }
    }

    [Fact]
    public async Task AllWorkersBusy_NobodyIsAskedUntilATaskEnds()
    {
        Assert.Equal(Workers, await TakeAsync(Workers));
        _credit.Answered(Workers, granted: Workers);
        Task<int> next = TakeAsync(1);
        Assert.False(next.IsCompleted);

        _credit.Return(1);

        Assert.Equal(1, await next);
    }

    private Task<int> TakeAsync(int wanted) =>
        _credit.TakeAsync(wanted, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
}
