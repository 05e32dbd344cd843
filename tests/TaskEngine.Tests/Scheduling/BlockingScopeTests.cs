namespace Gristmill.Engine.Tests.Scheduling;

public sealed class BlockingScopeTests
{
    [Fact]
    public void Dispose_Twice_EndsTheScopeOnce()
    {
        using var fixture = new PoolFixture(workers: 1);
        int inside = -1;
        Within.Time(
            fixture.Submit(() =>
            {
                using (TaskEngine.Blocking())
                {
                    BlockingScope inner = TaskEngine.Blocking();
                    inner.Dispose();
                    inner.Dispose();
                    inside = fixture.Pool.BlockedCount;
                }
            }),
            "the scopes");

        Assert.Equal(1, inside);
        Assert.Equal(0, fixture.Pool.BlockedCount);
    }

    [Fact]
    public void Dispose_OnAnotherThread_EndsTheScopeAndThrows()
    {
        using var fixture = new PoolFixture(workers: 1);
        BlockingScope scope = default;
        Within.Time(fixture.Submit(() => scope = TaskEngine.Blocking()), "the scope's beginning");
        Assert.Equal(1, fixture.Pool.BlockedCount);

        Assert.Throws<InvalidOperationException>(scope.Dispose);
        Assert.Equal(0, fixture.Pool.BlockedCount);
    }
}
