namespace Gristmill.Storage;

/// <summary>One kind of fault.</summary>
public enum StorageFault
{
    None = 0,
    Timeout = 1,
    ExecuteAndTimeout = 2,
    Busy = 3,
    Latency = 4,
    Conflict = 5,
}

/// <summary>
/// Deals out faults by seed, and counts them, so that a test can see that it met some. One is shared by all fault-injecting stores
/// of a process. Safe from any thread.
/// </summary>
public sealed class StorageFaults
{
    private readonly StorageFaultOptions _options;
    private readonly TimeProvider _time;
    private readonly long[] _counts = new long[Enum.GetValues<StorageFault>().Length];
    private long _calls;
    private bool _isPaused;

    /// <exception cref="ArgumentException">The rates together are more than 1.</exception>
    public StorageFaults(StorageFaultOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        double total = options.TimeoutRate + options.ExecuteAndTimeoutRate + options.BusyRate + options.LatencyRate + options.ConflictRate;
        if (total > 1)
            throw new ArgumentException($"The fault rates add up to {total}, more than 1.", nameof(options));
        _options = options;
        _time = time;
    }

    /// <summary>True deals out no faults; false, the default, does. Set from any thread.</summary>
    public bool IsPaused
    {
        get => Volatile.Read(ref _isPaused);
        set => Volatile.Write(ref _isPaused, value);
    }

    /// <summary>How often a fault was dealt out.</summary>
    public long Count(StorageFault fault) => Interlocked.Read(ref _counts[(int)fault]);

    /// <summary>Runs a read with the next fault.</summary>
    internal async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read, CancellationToken cancellationToken)
    {
        StorageFault fault = await NextAsync(cancellationToken).ConfigureAwait(false);
        // A read has nothing to carry out: without an answer it is simply not done.
        return fault is StorageFault.Timeout or StorageFault.ExecuteAndTimeout or StorageFault.Busy
            ? throw new StorageUnavailableException($"Injected: {fault}.")
            : await read().ConfigureAwait(false);
    }

    /// <summary>Runs a write with the next fault.</summary>
    /// <param name="write">The write.</param>
    /// <param name="interfere">What somebody else does just before, for a conflict; null where none can be made.</param>
    /// <param name="cancellationToken">Gives up before the write.</param>
    internal async ValueTask<T> WriteAsync<T>(Func<ValueTask<T>> write, Func<ValueTask>? interfere, CancellationToken cancellationToken)
    {
        StorageFault fault = await NextAsync(cancellationToken).ConfigureAwait(false);
        switch (fault)
        {
            case StorageFault.Busy:
                throw new StorageUnavailableException("Injected: Busy.");
            case StorageFault.Timeout:
                throw new StorageOutcomeUnknownException("Injected: Timeout.");
            case StorageFault.ExecuteAndTimeout:
                await write().ConfigureAwait(false);
                throw new StorageOutcomeUnknownException("Injected: ExecuteAndTimeout.");
            case StorageFault.Conflict when interfere is not null:
                await interfere().ConfigureAwait(false);
                break;
        }

        return await write().ConfigureAwait(false);
    }

    private async ValueTask<StorageFault> NextAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsPaused)
            return StorageFault.None;
        long call = Interlocked.Increment(ref _calls);
        StorageFault fault = Choose(Share(call));
        Interlocked.Increment(ref _counts[(int)fault]);
        if (fault == StorageFault.Latency)
            await Task.Delay(_options.MaxLatency * Share(~call), _time, cancellationToken).ConfigureAwait(false);
        return fault;
    }

    private StorageFault Choose(double share)
    {
        (StorageFault Fault, double Rate)[] rates =
        [
            (StorageFault.Timeout, _options.TimeoutRate),
            (StorageFault.ExecuteAndTimeout, _options.ExecuteAndTimeoutRate),
            (StorageFault.Busy, _options.BusyRate),
            (StorageFault.Latency, _options.LatencyRate),
            (StorageFault.Conflict, _options.ConflictRate),
        ];
        foreach ((StorageFault fault, double rate) in rates)
        {
            if (share < rate)
                return fault;
            share -= rate;
        }

        return StorageFault.None;
    }

    /// <summary>A number in [0, 1) from the seed and the call's number (the finalizer of SplitMix64).</summary>
    private double Share(long call)
    {
        ulong x = unchecked((ulong)call + (ulong)_options.Seed * 0x9E3779B97F4A7C15);
        x = unchecked((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9);
        x = unchecked((x ^ (x >> 27)) * 0x94D049BB133111EB);
        x ^= x >> 31;
        return (x >> 11) * (1.0 / (1UL << 53));
    }
}
