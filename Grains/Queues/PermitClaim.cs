namespace Gristmill.Grains.Queues;

/// <summary>What a queue's grain knows of one partition. Used within the grain's turns.</summary>
internal sealed class PermitClaim
{
    private TaskCompletionSource<PermitReply>? _answer;

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
    public bool IsNext(PermitRequest request) => (request.Epoch, request.Number).CompareTo(Last) > 0;

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
        Hold(request.Holding);
        Waits = request;
        WaitsSince = now;
        _answer = new TaskCompletionSource<PermitReply>();
        return _answer.Task;
    }

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
        Run += reply.Given.Run;
        foreach (KeyPermits key in reply.GivenByKey)
            RunByKey[key.Key] = RunByKey.GetValueOrDefault(key.Key) + key.Permits.Run;
        Waits = null;
        _answer?.SetResult(reply);
        _answer = null;
    }
}
