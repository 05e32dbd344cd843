namespace Gristmill;

/// <summary>How a <see cref="ResourcePool{T}"/> keeps its resources.</summary>
public sealed record ResourcePoolOptions<T>
    where T : class
{
    /// <summary>Resources at most, 1 or more. Defaults to one per processor.</summary>
    public int Capacity { get; init; } = Environment.ProcessorCount;

    /// <summary>Asked before an idle resource is lent again; a false closes it. Null, the default, trusts them all.</summary>
    public Func<T, CancellationToken, ValueTask<bool>>? IsHealthy { get; init; }

    /// <summary>A resource that was idle for longer is closed in place of being lent. Null, the default, means never.</summary>
    public TimeSpan? MaxIdle { get; init; }

    /// <summary>The clock of <see cref="MaxIdle"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
