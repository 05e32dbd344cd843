using System.Runtime.InteropServices;

namespace Gristmill.Grains.Tasks;

/// <summary>How many tasks became ready in which second: tells the oldest without keeping anything for each task.</summary>
internal sealed class ReadyTimes
{
    private readonly SortedSet<uint> _seconds = [];
    private readonly Dictionary<uint, int> _counts = [];

    public DateTimeOffset? Oldest => _seconds.Count == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(_seconds.Min);

    public static uint SecondOf(DateTimeOffset time) => (uint)Math.Clamp(time.ToUnixTimeSeconds(), 0, uint.MaxValue);

    public void Add(uint second)
    {
        ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, second, out bool exists);
        count++;
        if (!exists)
            _seconds.Add(second);
    }

    public void Remove(uint second)
    {
        ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(_counts, second);
        if (--count > 0)
            return;
        _counts.Remove(second);
        _seconds.Remove(second);
    }
}
