using System.Runtime.InteropServices;

namespace Orleans.Runtime;

/// <summary>
/// A counter that is incremented often and read seldom: one cell per processor, each on cache lines of its own, so that
/// processors do not fight over one. A sum is exact when nobody increments meanwhile.
/// </summary>
internal sealed class StripedCounter
{
    private readonly Cell[] _cells = new Cell[Environment.ProcessorCount];

    public void Increment() => Interlocked.Increment(ref _cells[Thread.GetCurrentProcessorId() % _cells.Length].Value);

    public long Sum()
    {
        long sum = 0;
        for (int i = 0; i < _cells.Length; i++)
            sum += Interlocked.Read(ref _cells[i].Value);
        return sum;
    }

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Cell
    {
        [FieldOffset(0)]
        public long Value;
    }
}
