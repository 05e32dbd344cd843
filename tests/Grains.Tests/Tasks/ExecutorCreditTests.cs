using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class ExecutorCreditTests
{
    [Fact]
    public async Task IdleExecutorWithLongTasks_MayAskEveryPartitionAtOnce()
    {
        ExecutorCredit credit = AfterLongTasks(workers: 2, partitions: 8);

        for (int partition = 0; partition < 8; partition++)
            Assert.Equal(1, await NowAsync(credit.TakeAsync(1, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task OneGreedyPartition_LeavesCreditForTheOthers()
    {
        ExecutorCredit credit = AfterLongTasks(workers: 2, partitions: 8);

        for (int partition = 0; partition < 8; partition++)
            Assert.InRange(await NowAsync(credit.TakeAsync(1_000, TestContext.Current.CancellationToken)), 1, 8);
    }

    [Fact]
    public async Task RequestsThatWait_WithCreditOfShorterTimes_KeepNoPartitionFromBeingAsked()
    {
        var credit = new ExecutorCredit(workers: 2, partitions: 8, maxPrefetch: 1_024);
        for (int i = 0; i < 500; i++)
            credit.Observe(TimeSpan.FromMicroseconds(1));
        await credit.TakeAsync(1_000, TestContext.Current.CancellationToken);
        for (int i = 0; i < 100; i++)
            credit.Observe(TimeSpan.FromMinutes(1));

        Assert.Equal(1, await NowAsync(credit.TakeAsync(1, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task BusyExecutor_AsksForNoMore_UntilATaskIsDone()
    {
        ExecutorCredit credit = AfterLongTasks(workers: 2, partitions: 2);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(1, await NowAsync(credit.TakeAsync(1, TestContext.Current.CancellationToken)));
            credit.Use(asked: 1, granted: 1);
        }

        Task<int> waiting = credit.TakeAsync(1, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        credit.Return(1);

        Assert.Equal(1, await NowAsync(waiting));
    }

    [Fact]
    public async Task ShortTasks_AreFetchedAhead_UpToTheMost()
    {
        var credit = new ExecutorCredit(workers: 2, partitions: 1, maxPrefetch: 100);
        for (int i = 0; i < 500; i++)
            credit.Observe(TimeSpan.FromMicroseconds(1));

        Assert.Equal(102, credit.Most);
        Assert.Equal(102, await AllAsync(credit));
    }

    [Fact]
    public async Task Unused_AndDone_AreAllThereAgain()
    {
        ExecutorCredit credit = AfterLongTasks(workers: 4, partitions: 1);
        for (int round = 0; round < 100; round++)
        {
            int asked = await NowAsync(credit.TakeAsync(4, TestContext.Current.CancellationToken));
            int granted = round % (asked + 1);
            credit.Use(asked, granted);
            credit.Return(granted);
        }

        Assert.Equal(4, await AllAsync(credit));
    }

    [Fact]
    public async Task GivingUp_EndsTheWait()
    {
        ExecutorCredit credit = AfterLongTasks(workers: 1, partitions: 1);
        await credit.TakeAsync(1, TestContext.Current.CancellationToken);
        credit.Use(asked: 1, granted: 1);
        using var draining = new CancellationTokenSource();

        Task<int> waiting = credit.TakeAsync(1, draining.Token);
        await draining.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static ExecutorCredit AfterLongTasks(int workers, int partitions)
    {
        var credit = new ExecutorCredit(workers, partitions, maxPrefetch: 1_024);
        for (int i = 0; i < 100; i++)
            credit.Observe(TimeSpan.FromMinutes(1));
        return credit;
    }

    /// <summary>Takes all that is free.</summary>
    private static async Task<int> AllAsync(ExecutorCredit credit)
    {
        int taken = 0;
        while (credit.TakeAsync(1_000, TestContext.Current.CancellationToken) is { IsCompletedSuccessfully: true } more)
            taken += await more;
        return taken;
    }

    private static async Task<int> NowAsync(Task<int> taking) => await taking.WaitAsync(TimeSpan.FromSeconds(30));
}
