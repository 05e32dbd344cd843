using System.Collections.Concurrent;
using System.Reflection;
using Orleans.CodeGeneration;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>
/// What all activations of one grain class have in common, read from its attributes once. Immutable but for caches.
/// </summary>
internal sealed class GrainClass
{
    private readonly ConcurrentDictionary<GrainMethod, MethodInfo> _implementations = new();
    private readonly Lazy<GrainConstructor> _constructor;

    public GrainClass(GrainEngine engine, Type type, SiloMessagingOptions messaging, GrainCollectionOptions collection)
    {
        Engine = engine;
        Type = type;
        GrainType = GrainType.Create(type.GetCustomAttribute<GrainTypeAttribute>(inherit: false)?.Name ?? NameOf(type));
        MaxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers ?? 0;
        MayInterleave = InterleaveRuleOf(type);
        HasFilters = engine.IncomingFilters.Length > 0 || typeof(IIncomingGrainCallFilter).IsAssignableFrom(type);
        CollectionAge = CollectionAgeOf(type, collection);
        (QueueLimit, QueueLimitName) = MaxWorkers > 0
            ? (messaging.MaxEnqueuedRequestsHardLimit_StatelessWorker, nameof(messaging.MaxEnqueuedRequestsHardLimit_StatelessWorker))
            : (messaging.MaxEnqueuedRequestsHardLimit, nameof(messaging.MaxEnqueuedRequestsHardLimit));
        _constructor = new Lazy<GrainConstructor>(() => new GrainConstructor(type));
    }

    public GrainEngine Engine { get; }

    public Type Type { get; }

    public GrainType GrainType { get; }

    /// <summary>Stateless workers at most; 0 for an ordinary grain.</summary>
    public int MaxWorkers { get; }

    /// <summary>Requests, waiting and running, above which new ones are refused; 0 means no limit.</summary>
    public int QueueLimit { get; }

    public string QueueLimitName { get; }

    /// <summary>
    /// The rule of a reentrant class: may this request interleave? Null when only the methods' attributes count.
    /// </summary>
    public Func<object?, IInvokable, bool>? MayInterleave { get; }

    public bool HasFilters { get; }

    /// <summary>Idle time after which an activation is collected; infinite means never.</summary>
    public TimeSpan CollectionAge { get; }

    /// <summary>Constructs the grain, in its turn.</summary>
    public object Create(Activation activation) => _constructor.Value.Invoke(activation);

    public MethodInfo ImplementationOf(GrainMethod method) => _implementations.GetOrAdd(method, static (method, type) =>
    {
        InterfaceMapping map = type.GetInterfaceMap(method.InterfaceType);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, method.Info)];
    }, Type);

    private static string NameOf(Type type)
    {
        const string Suffix = "grain";
        string name = type.Name.ToLowerInvariant();
        return name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
    }

    private static TimeSpan CollectionAgeOf(Type type, GrainCollectionOptions options)
    {
        if (type.IsDefined(typeof(KeepAliveAttribute)))
            return Timeout.InfiniteTimeSpan;
        if (type.GetCustomAttribute<CollectionAgeLimitAttribute>() is { } limit)
            return limit.AgeLimit;
        return options.CollectionAge;
    }

    private static Func<object?, IInvokable, bool>? InterleaveRuleOf(Type type)
    {
        if (type.IsDefined(typeof(ReentrantAttribute)))
            return static (_, _) => true;
        if (type.GetCustomAttribute<MayInterleaveAttribute>() is not { } attribute)
            return null;

        const BindingFlags Any =
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy;
        MethodInfo? method = type.GetMethod(attribute.CallbackMethodName, Any, [typeof(IInvokable)]);
        if (method is null || method.ReturnType != typeof(bool))
        {
            throw new InvalidOperationException(
                $"{type} has no method bool {attribute.CallbackMethodName}(IInvokable), which it names as its interleaving rule.");
        }

        if (!method.IsStatic)
            return (grain, request) => (bool)method.Invoke(grain, [request])!;

        Func<IInvokable, bool> rule = method.CreateDelegate<Func<IInvokable, bool>>();
        return (_, request) => rule(request);
    }
}
