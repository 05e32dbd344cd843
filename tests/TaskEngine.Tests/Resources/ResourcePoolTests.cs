namespace Gristmill.Engine.Tests.Resources;

public sealed class ResourcePoolTests
{
    private readonly List<Connection> _opened = [];
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Resource_GivenBack_IsLentAgain()
    {
        await using ResourcePool<Connection> pool = New(capacity: 4);
        await using (await pool.RentAsync())
        {
        }

        await using IResourceLease<Connection> second = await pool.RentAsync();

        Assert.Same(Assert.Single(_opened), second.Resource);
    }

    [Fact]
    public async Task Rent_WhileAllAreInUse_WaitsForOne()
    {
        await using ResourcePool<Connection> pool = New(capacity: 1);
        IResourceLease<Connection> first = await pool.RentAsync();
        Task<IResourceLease<Connection>> waiting = pool.RentAsync().AsTask();
        Assert.False(waiting.IsCompleted);

        await first.DisposeAsync();

        await using IResourceLease<Connection> second = await Within.Time(waiting, "the resource in use");
        Assert.Single(_opened);
        Assert.Throws<ObjectDisposedException>(() => first.Resource);
    }

    [Fact]
    public async Task Rent_Cancelled_LeavesThePlaceToOthers()
    {
        await using ResourcePool<Connection> pool = New(capacity: 1);
        using var cancellation = new CancellationTokenSource();
        IResourceLease<Connection> first = await pool.RentAsync();
        Task<IResourceLease<Connection>> waiting = pool.RentAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        await first.DisposeAsync();
        await first.DisposeAsync();

        await using IResourceLease<Connection> next = await Within.Time(pool.RentAsync(), "the free place");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.RentAsync(new CancellationToken(canceled: true)).AsTask());
    }

    [Fact]
    public async Task Resource_DiscardedOrUnhealthyOrOld_IsClosedAndReplaced()
    {
        await using ResourcePool<Connection> pool = New(capacity: 1);
        await using (IResourceLease<Connection> broken = await pool.RentAsync())
            broken.Discard();
        await using (await pool.RentAsync())
            _opened[1].IsHealthy = false;
        await using (await pool.RentAsync())
            _time.Advance(2.Minutes());
        _time.Advance(2.Minutes());
        await using IResourceLease<Connection> last = await pool.RentAsync();

        Assert.Equal([true, true, true, false], _opened.Select(static connection => connection.IsClosed));
        Assert.Equal((1, 0), (pool.Count, pool.Idle));
    }

    [Fact]
    public async Task Open_ThatFails_LeavesThePlaceToTheNextTry()
    {
        int tries = 0;
        await using var pool = new ResourcePool<Connection>(
            _ => ++tries == 1 ? throw new IOException("no route") : new(new Connection()), new ResourcePoolOptions<Connection> { Capacity = 1 });

        await Assert.ThrowsAsync<IOException>(() => pool.RentAsync().AsTask());
        await using IResourceLease<Connection> second = await Within.Time(pool.RentAsync(), "the second try");
        Assert.Equal(1, pool.Count);
    }

    [Fact]
    public async Task Pool_Closed_ClosesWhatIsIdleAndWhatComesBack()
    {
        ResourcePool<Connection> pool = New(capacity: 2);
        IResourceLease<Connection> used = await pool.RentAsync();
        await using (await pool.RentAsync())
        {
        }

        IResourceLease<Connection> second = await pool.RentAsync();
        Task<IResourceLease<Connection>> waiting = pool.RentAsync().AsTask();
        await second.DisposeAsync();
        IResourceLease<Connection> third = await Within.Time(waiting, "the returned resource");
        waiting = pool.RentAsync().AsTask();

        await pool.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => Within.Time(waiting, "the end of the wait"));
        await used.DisposeAsync();
        await third.DisposeAsync();
        Assert.All(_opened, static connection => Assert.True(connection.IsClosed));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pool.RentAsync().AsTask());
    }

    private ResourcePool<Connection> New(int capacity) => new(
        _ =>
        {
            var connection = new Connection();
            _opened.Add(connection);
            return new(connection);
        },
        new ResourcePoolOptions<Connection> { Capacity = capacity, IsHealthy = (connection, _) => new(connection.IsHealthy), MaxIdle = 1.Minutes(), Time = _time });

    private sealed class Connection : IDisposable
    {
        public bool IsHealthy { get; set; } = true;

        public bool IsClosed { get; private set; }

        public void Dispose() => IsClosed = true;
    }
}
