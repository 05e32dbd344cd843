using System.Runtime.CompilerServices;

namespace Gristmill.Scheduling;

/// <summary>Makes what an <see cref="ObjectPool{TMake}"/> holds; an empty struct.</summary>
internal interface IMake
{
    static abstract object Make();
}

/// <summary>
/// Keeps spent objects for reuse: a small stack per thread, and a bounded queue between threads, because an object is often rented on one
/// thread and returned on another. Rent and return are free of locks. What fits nowhere is left to the garbage collector.
/// </summary>
/// <remarks>
/// The type parameter is the maker and not the class made, because code over classes is shared: it would look up its own statics at every call,
/// and construct through reflection.
/// </remarks>
internal static class ObjectPool<TMake>
    where TMake : struct, IMake
{
    private const int LocalCapacity = 64;
    private const int BatchSize = LocalCapacity / 2;

    private static readonly MpmcQueue<object> s_shared = new(4096);

    [ThreadStatic]
    private static Local? t_local;

    /// <summary>An object that only this maker's pool has held: <typeparamref name="T"/> is what it makes.</summary>
    public static T Rent<T>()
        where T : class => Unsafe.As<T>(Rent());

    public static void Return(object item)
    {
        Local local = t_local ?? CreateLocal();
        if (local.Count == LocalCapacity)
            local.Spill();
        local.Items[local.Count++].Value = item;
    }

    private static object Rent()
    {
        Local local = t_local ?? CreateLocal();
        return local.Count > 0 || local.TryRefill() ? local.Items[--local.Count].Value : TMake.Make();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Local CreateLocal() => t_local = new Local();

    private sealed class Local
    {
        public readonly Entry[] Items = new Entry[LocalCapacity];
        private readonly object[] _batch = new object[BatchSize];
        public int Count;

        // The older half goes: the younger is warm in this core's cache.
        public void Spill()
        {
            for (int i = 0; i < BatchSize; i++)
                _batch[i] = Items[i].Value;
            s_shared.EnqueueBatch(_batch);
            Items.AsSpan(BatchSize).CopyTo(Items);
            Count = LocalCapacity - BatchSize;
        }

        public bool TryRefill()
        {
            Count = s_shared.DequeueBatch(_batch);
            for (int i = 0; i < Count; i++)
                Items[i].Value = _batch[i];
            return Count > 0;
        }
    }

    // A struct spares each store the array's type check.
    private struct Entry
    {
        public object Value;
    }
}
