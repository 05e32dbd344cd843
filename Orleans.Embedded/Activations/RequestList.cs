using Orleans.CodeGeneration;

namespace Orleans.Runtime;

/// <summary>
/// Requests in order of arrival, linked through themselves: an empty list costs nothing. Guarded by the gate of its activation.
/// </summary>
internal struct RequestList(RequestPlace place)
{
    private GrainRequest? _last;

    public GrainRequest? First { get; private set; }

    public int Count { get; private set; }

    public void Append(GrainRequest request)
    {
        request.Place = place;
        request.Previous = _last;
        request.Next = null;
        if (_last is null)
            First = request;
        else
            _last.Next = request;
        _last = request;
        Count++;
    }

    public void Remove(GrainRequest request)
    {
        if (request.Previous is { } previous)
            previous.Next = request.Next;
        else
            First = request.Next;

        if (request.Next is { } next)
            next.Previous = request.Previous;
        else
            _last = request.Previous;

        request.Place = RequestPlace.None;
        request.Previous = null;
        request.Next = null;
        Count--;
    }
}

/// <summary>The list of its target that a request is in.</summary>
internal enum RequestPlace : byte
{
    None,
    Waiting,
    Running,
}
