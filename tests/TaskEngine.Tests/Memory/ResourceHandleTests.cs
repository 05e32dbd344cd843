namespace Gristmill.Engine.Tests.Memory;

public sealed class ResourceHandleTests
{
    [Fact]
    public void LastOwner_EndsTheResource_AndEveryUseAfterItsOwnEndThrows()
    {
        int ended = 0;
        var first = new ResourceHandle<List<int>>([1], _ => ended++);
        ResourceHandle<List<int>> second = first.Share();
        first.Dispose();
        first.Dispose();

        Assert.Equal(0, ended);
        Assert.Equal(1, second.Read(list => list[0]));
        Assert.Throws<ObjectDisposedException>(() => first.Read(list => list.Count));
        Assert.Throws<ObjectDisposedException>(first.Share);
        second.Write(list => list.Add(2));
        Assert.Equal(2, second.AccessCount);

        second.Dispose();
        Assert.Equal(1, ended);
        Assert.Throws<ObjectDisposedException>(() => second.Write(list => list.Clear()));
    }

    [Fact]
    public async Task DisposedDuringARead_TheReadEndsFirst()
    {
        int ended = 0;
        var handle = new ResourceHandle<object>(new object(), _ => Interlocked.Increment(ref ended));
        using var reading = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Task<int> read = Task.Run(() => handle.Read(_ =>
        {
            reading.Set();
            release.Wait();
            return Volatile.Read(ref ended);
        }), TestContext.Current.CancellationToken);
        Within.Time(reading, "the reader");

        handle.Dispose();
        release.Set();

        Assert.Equal(0, await Within.Time(read, "the read"));
        Assert.Equal(1, ended);
    }

    [Fact]
    public async Task WritersAndReaders_ManyThreads_NeverMeet()
    {
        using var handle = new ResourceHandle<int[]>(new int[2]);
        Task[] tasks = [.. Enumerable.Range(0, 4).Select(index => Task.Run(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                if (index % 2 == 0)
                    handle.Write(pair => { pair[0]++; pair[1]++; });
                else
                    Assert.True(handle.Read(pair => pair[0] == pair[1]));
            }
        }))];

        await Within.Time(Task.WhenAll(tasks), "readers and writers");
        Assert.Equal(4000, handle.Read(pair => pair[0]));
    }
}
