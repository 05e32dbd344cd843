namespace Gristmill.Scheduling;

/// <summary>
/// Keeps spent objects for reuse: a small stack per thread, and a bounded queue between threads, because an object is often rented on one
/// thread and returned on another. Rent and return are free of locks. What fits nowhere is left to the garbage collector.
/// </summary>
internal static class ObjectPool<T>
    where T : class, new()
{
    private const int LocalCapacity = 64;
    private const int BatchSize = LocalCapacity / 2;

    private static readonly MpmcQueue<T> s_shared = new(4096);

    [ThreadStatic]
    private static Local? t_local;

    public static T Rent()
    {
        Local local = t_local ??= new Local();
        if (local.Count == 0)
        {
            local.Count = s_shared.DequeueBatch(local.Items.AsSpan(0, BatchSize));
            if (local.Count == 0)
                return new T();
        }

        return local.Items[--local.Count];
    }

    public static void Return(T item)
    {
        Local local = t_local ??= new Local();
        if (local.Count == LocalCapacity)
        {
            // The older half goes: the younger is warm in this core's cache.
            s_shared.EnqueueBatch(local.Items.AsSpan(0, BatchSize));
            local.Items.AsSpan(BatchSize).CopyTo(local.Items);
            local.Count = LocalCapacity - BatchSize;
        }

        local.Items[local.Count++] = item;
    }

    private sealed class Local
    {
        public readonly T[] Items = new T[LocalCapacity];
        public int Count;
    }
}
