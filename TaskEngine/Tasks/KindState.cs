namespace Gristmill.Tasks;

/// <summary>What an engine keeps per task kind: per object, of which several may share a name, and with it limiter and breaker. Safe from any thread.</summary>
internal sealed class KindState(
    TaskKind kind, TimeSpan timeout, long timeoutTicks, KindLimiter? limiter, KindBreaker? breaker, DecoratorChain? decorators)
{
    public TaskKind Kind { get; } = kind;

    public string Name { get; } = kind.Name;

    /// <summary>As the kind had it when it was first run: a kind is anybody's class, and is asked once.</summary>
    public TimeSpan Timeout { get; } = timeout;

    /// <summary>The same in timestamps of the engine's clock.</summary>
    public long TimeoutTicks { get; } = timeoutTicks;

    public int MaxAttempts { get; } = kind.MaxAttempts;

    /// <summary>Null when any number may run at once.</summary>
    public KindLimiter? Limiter { get; } = limiter;

    /// <summary>Null when breakers are switched off.</summary>
    public KindBreaker? Breaker { get; } = breaker;

    /// <summary>Null when nothing goes around its attempts.</summary>
    public DecoratorChain? Decorators { get; } = decorators;
}
