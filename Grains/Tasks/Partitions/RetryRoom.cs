namespace Gristmill.Grains.Tasks;

/// <summary>
/// Lets few of a silo's partitions read the inputs of tasks that are retried at once: each has a slice of them in memory meanwhile, and one call retries
/// in all partitions. Safe from any thread.
/// </summary>
internal sealed class RetryRoom : IDisposable
{
    private const int Most = 2;

    private readonly SemaphoreSlim _free = new(Most);

    public Task EnterAsync() => _free.WaitAsync();

    public void Exit() => _free.Release();

    public void Dispose() => _free.Dispose();
}
