using Orleans.Runtime;

namespace Orleans;

/// <summary>The key of a grain, asked of the grain itself or of a reference to it.</summary>
public static class GrainExtensions
{
    public static GrainId GetGrainId(this IAddressable grain) => grain switch
    {
        null => throw new ArgumentNullException(nameof(grain)),
        GrainReference reference => reference.GrainId,
        IGrainBase { GrainContext: { } context } => context.GrainId,
        _ => throw new ArgumentException($"{grain.GetType()} is neither a grain nor a grain reference.", nameof(grain)),
    };

    /// <summary>A reference to the grain, as the interface asked for.</summary>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) =>
        (TGrainInterface)Reference(grain).Shared.Factory.GetReference(typeof(TGrainInterface), grain.GetGrainId());

    /// <inheritdoc cref="AsReference{TGrainInterface}(IAddressable)"/>
    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => grain.AsReference<TGrainInterface>();

    /// <exception cref="InvalidOperationException">The key is no integer.</exception>
    public static long GetPrimaryKeyLong(this IAddressable grain)
    {
        GrainId id = grain.GetGrainId();
        return id.TryGetIntegerKey(out long key)
            ? key
            : throw new InvalidOperationException($"The key of grain {id} is no integer.");
    }

    /// <exception cref="InvalidOperationException">The key is no guid.</exception>
    public static Guid GetPrimaryKey(this IAddressable grain)
    {
        GrainId id = grain.GetGrainId();
        return id.TryGetGuidKey(out Guid key)
            ? key
            : throw new InvalidOperationException($"The key of grain {id} is no guid.");
    }

    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

    private static GrainReference Reference(IAddressable grain) => grain switch
    {
        GrainReference reference => reference,
        IGrainBase { GrainContext: { } context } => context.GrainReference,
        _ => throw new ArgumentException($"{grain?.GetType()} is neither a grain nor a grain reference.", nameof(grain)),
    };
}
