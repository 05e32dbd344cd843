using System.Runtime.CompilerServices;
using Gristmill.Scheduling;

namespace Gristmill.Benchmarks;

/// <summary>An empty piece of work that both our pool and the framework's can run; the last of a round sets the signal.</summary>
internal sealed class CountedItem(CountedItem.Round round) : WorkItem, IThreadPoolWorkItem
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected internal override void Execute() => round.Done();

    void IThreadPoolWorkItem.Execute() => round.Done();

    internal sealed class Round
    {
        private PaddedCounter _left;

        public ManualResetEventSlim Signal { get; } = new(false, spinCount: 0);

        public bool IsOver => _left.Read() <= 0;

        public void Begin(int items)
        {
            Signal.Reset();
            _left.Add(items - _left.Read());
        }

        public void Done()
        {
            if (_left.Decrement() == 0)
                Signal.Set();
        }
    }
}
