namespace Orleans.Runtime;

/// <summary>
/// Values that travel with calls: what a caller has set, the callee reads, and passes on. Nothing travels back. Values flow along
/// awaits as an <see cref="AsyncLocal{T}"/> does; the dictionary behind them is never changed, so calls share it.
/// </summary>
public static class RequestContext
{
    private const string ReentrancyKey = "#CCR";

    private static readonly AsyncLocal<Dictionary<string, object>?> s_values = new();

    /// <summary>Names the call chain that may re-enter; empty when none may.</summary>
    public static Guid ReentrancyId
    {
        get => ReentrancyIdOf(s_values.Value);
        set
        {
            if (value == Guid.Empty)
                Remove(ReentrancyKey);
            else
                Set(ReentrancyKey, value);
        }
    }

    public static IEnumerable<string> Keys => s_values.Value?.Keys ?? Enumerable.Empty<string>();

    public static IEnumerable<KeyValuePair<string, object>> Entries => s_values.Value ?? Enumerable.Empty<KeyValuePair<string, object>>();

    internal static Dictionary<string, object>? Current
    {
        get => s_values.Value;
        set => s_values.Value = value;
    }

    public static object? Get(string key) => s_values.Value?.GetValueOrDefault(key);

    public static void Set(string key, object value) =>
        s_values.Value = s_values.Value is { } values ? new Dictionary<string, object>(values) { [key] = value } : new() { [key] = value };

    public static bool Remove(string key)
    {
        if (s_values.Value is not { } values || !values.ContainsKey(key))
            return false;

        Dictionary<string, object> rest = new(values);
        rest.Remove(key);
        s_values.Value = rest.Count == 0 ? null : rest;
        return true;
    }

    public static void Clear() => s_values.Value = null;

    /// <summary>
    /// Until the section is disposed, the calls that this grain makes may come back to it while it waits for them.
    /// </summary>
    public static ReentrancySection AllowCallChainReentrancy()
    {
        Guid current = ReentrancyId;
        return new ReentrancySection(current, current == Guid.Empty ? Guid.NewGuid() : current);
    }

    internal static Guid ReentrancyIdOf(Dictionary<string, object>? values) =>
        values?.GetValueOrDefault(ReentrancyKey) is Guid id ? id : Guid.Empty;

    /// <summary>The span of a choice about call-chain reentrancy.</summary>
    public readonly struct ReentrancySection : IDisposable
    {
        private readonly Guid _original;
        private readonly Guid _id;

        public ReentrancySection(Guid originalReentrancyId, Guid newReentrancyId)
        {
            _original = originalReentrancyId;
            _id = newReentrancyId;
            if (_id != _original)
                ReentrancyId = _id;
            if (_id != Guid.Empty)
                RuntimeContext.Activation?.EnterReentrantSection(_id);
        }

        public void Dispose()
        {
            if (_id != Guid.Empty)
                RuntimeContext.Activation?.LeaveReentrantSection(_id);
            if (_id != _original)
                ReentrancyId = _original;
        }
    }
}
