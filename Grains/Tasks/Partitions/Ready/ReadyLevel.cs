namespace Gristmill.Grains.Tasks;

/// <summary>One priority: a ring of the queues that have a task to offer there, which take turns.</summary>
internal sealed class ReadyLevel(TimeProvider time)
{
    private ReadyLine? _first;

    public bool IsEmpty => _first is null;

    /// <summary>When the level was last served, or began to wait; a timestamp of the monotonic clock.</summary>
    public long WaitsSince { get; private set; }

    /// <summary>Brings the ring in line with what a queue offers now.</summary>
    public void Refresh(ReadyLine line)
    {
        bool isLinked = line.Next is not null;
        if (line.IsOffered == isLinked)
            return;
        if (isLinked)
            Unlink(line);
        else
            LinkLast(line);
    }

    /// <summary>Takes out the next task; null when all that is offered is refused.</summary>
    public LiveTask? Take(IReadOnlySet<string> refusedKinds)
    {
        ReadyLine? line = _first;
        while (line is not null)
        {
            if (line.Take(refusedKinds) is { } task)
            {
                WaitsSince = time.GetTimestamp();
                // Those that had nothing for this executor keep their turn.
                if (line.Next is not null)
                {
                    Unlink(line);
                    LinkLast(line);
                }

                return task;
            }

            line = line.Next == _first ? null : line.Next;
        }

        return null;
    }

    private void LinkLast(ReadyLine line)
    {
        if (_first is null)
        {
            WaitsSince = time.GetTimestamp();
            _first = line.Next = line.Previous = line;
            return;
        }

        (line.Previous, line.Next) = (_first.Previous, _first);
        _first.Previous!.Next = line;
        _first.Previous = line;
    }

    private void Unlink(ReadyLine line)
    {
        if (line.Next == line)
            _first = null;
        else
        {
            line.Previous!.Next = line.Next;
            line.Next!.Previous = line.Previous;
            if (_first == line)
                _first = line.Next;
        }

        line.Next = line.Previous = null;
    }
}
