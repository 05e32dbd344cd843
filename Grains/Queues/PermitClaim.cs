namespace Gristmill.Grains.Queues;

/// <summary>What a queue's grain knows of one partition. Used within the grain's turns.</summary>
internal sealed class PermitClaim
{
    private TaskCompletionSource<PermitReply>? _answer;

    // What the partition has not yet said that it took; what is given under other limits is not counted any more.
    private (long Epoch, long Number, PermitReply Reply)? _lastGift;
    private (long Epoch, long Number) _hurried;

    /// <summary>Permits to run that the partition holds at most.</summary>
    public int Run { get; private set; }

    public Dictionary<string, int> RunByKey { get; } = new(StringComparer.Ordinal);

    /// <summary>When it last got something, counted over all partitions: who waits longest is first.</summary>
    public long LastGiven { get; set; }

    /// <summary>What it waits for; null when it does not wait.</summary>
    public PermitRequest? Waits { get; private set; }

    /// <summary>Since when, by the clock of who gives permits.</summary>
    public TimeSpan WaitsSince { get; private set; }

    private (long Epoch, long Number) Last { get; set; }

    /// <summary>False for a call that was overtaken.</summary>
    public bool IsNext(PermitRequest request) => !HasBegun(request.Epoch, request.Number);

    /// <summary>True when the call that waits is to wait no longer.</summary>
    public bool IsHurried => Waits is { } waits && (waits.Epoch, waits.Number).CompareTo(_hurried) <= 0;

    /// <summary>True for a call that was taken in already, or overtaken.</summary>
    public bool HasBegun(long epoch, long number) => (epoch, number).CompareTo(Last) <= 0;

    /// <summary>What was given in an answer that the partition never took; null when there is none. To be asked before the call begins.</summary>
    public PermitReply? Untaken(PermitRequest request) =>
        request.Unanswered > 0 && _lastGift is { } gift && gift.Epoch == request.Epoch && gift.Number >= request.Unanswered ? gift.Reply : null;

    /// <summary>What was given is not to be taken back any more.</summary>
    public void ForgetGift() => _lastGift = null;

    public void Hold(PermitHolding holding)
    {
        Run = holding.Run;
        RunByKey.Clear();
        foreach (KeyCount key in holding.RunByKey)
            RunByKey[key.Key] = key.Count;
    }

    /// <summary>The call counts from now on, and the one that waited is over.</summary>
    public Task<PermitReply> Begin(PermitRequest request, Guid giver, TimeSpan now)
    {
        Last = (request.Epoch, request.Number);
        End(giver);
        ForgetGift();
        Hold(request.Holding);
        Waits = request;
        WaitsSince = now;
        _answer = new TaskCompletionSource<PermitReply>();
        return _answer.Task;
    }

    /// <summary>The call wants its answer at once, also if it comes later than this.</summary>
    public void Hurry(long epoch, long number) => _hurried = (epoch, number).CompareTo(_hurried) > 0 ? (epoch, number) : _hurried;

    /// <summary>Ends the wait with nothing: what waited does not count any more.</summary>
    public void End(Guid giver)
    {
        Waits = null;
        _answer?.TrySetResult(new PermitReply(giver, IsCurrent: false, default, [], ValidFor: null, default));
        _answer = null;
    }

    /// <summary>Ends the wait.</summary>
    public void Answer(PermitReply reply)
    {
        _lastGift = Waits is { } waits ? (waits.Epoch, waits.Number, reply) : null;
        Run += reply.Given.Run;
        foreach (KeyPermits key in reply.GivenByKey)
            RunByKey[key.Key] = RunByKey.GetValueOrDefault(key.Key) + key.Permits.Run;
        Waits = null;
        _answer?.SetResult(reply);
        _answer = null;
    }
}
