using System.Collections.Immutable;
using Gristmill.Grains.Queues;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// A partition's side of the dealings with one queue's grain. Only the answer to the last call counts, and the grain believes the last call: so what
/// gets lost costs permits for a moment, and never makes any. One call is under way at a time: what comes up meanwhile goes into the next. Used within the
/// partition's turns.
/// </summary>
internal sealed partial class PermitExchange(
    QueuePermits permits, int partition, long epoch, Func<PermitRequest, Task<PermitReply>> exchange, Func<PermitRequest, Task> hurry, Func<QueueTasks?> waiting,
    TimeProvider time, ILogger logger)
{
    // Short: a grain that ends waits for these calls.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    // Between two calls of a busy queue, so that what happens meanwhile goes together; longer where keys have to take turns to be asked for, or a call has failed.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_pauseOfMany = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromMilliseconds(500);

    private static readonly Dictionary<string, Permits> s_nothing = [];

    private Guid _giver;
    private long _number;
    private int _said;
    private int _saidOfKeys;
    private long _unanswered;
    private PermitRequest? _underWay;
    private bool _isHurried;
    private Dictionary<string, Permits> _askedKeys = [];
    private long _waitsSince = time.GetTimestamp();
    private TimeSpan _wait;
    private bool _isDeciding;
    private bool _hasSpoken;
    private bool _isClosed;

    /// <summary>Called when permits have come.</summary>
    public required Action OnChanged { get; init; }

    /// <summary>Another activation gives permits from now on, or by other settings: what is under way does not count.</summary>
    public PermitHolding Restart(Guid giver)
    {
        if (giver != _giver)
            permits.ForgetStarts();
        _giver = giver;
        _number++;
        _underWay = null;
        PermitHolding holding = permits.Holding();
        Say(holding);
        return holding;
    }

    /// <summary>The partition's activation has ended.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Calls the queue's grain if there is something to say or to ask.</summary>
    public void Kick()
    {
        if (_isDeciding)
            return;
        _isDeciding = true;
        _ = DecideAsync();
    }

    private async Task DecideAsync()
    {
        try
        {
            while (permits.Limits.HasAny && !_isClosed)
            {
                permits.LetGo(waiting());
                if (!IsDue())
                    return;
                TimeSpan wait = _wait - time.GetElapsedTime(_waitsSince);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, time);
                else if (_underWay is { } call)
                    Hurry(call);
                else
                    Call();
            }
        }
        finally
        {
            _isDeciding = false;
        }
    }

    /// <summary>True when the grain believes that more is held than is, or something is wanted that it has not been asked for.</summary>
    private bool IsDue()
    {
        if (_underWay is { } call && (_isHurried || call.Patience == TimeSpan.Zero))
            return false;
        // The grain may still believe what an earlier activation of the partition has said.
        if (!_hasSpoken)
            return true;
        PermitHolding holding = permits.Holding();
        if (holding.Run < _said || holding.RunByKey.Sum(key => key.Count) < _saidOfKeys)
            return true;
        Permits wanted = permits.Wanted(waiting());
        if (_underWay is not { } asked)
            return permits.HasLapsed || !wanted.IsNone || permits.WantsForKeys(waiting(), s_nothing, orOthers: true);
        return wanted.DifferFrom(asked.Wanted) || permits.WantsForKeys(waiting(), _askedKeys, orOthers: asked.WantedByKey.Length < QueuePermits.MaxWantedKeys);
    }

    private void Hurry(PermitRequest call)
    {
        _isHurried = true;
        _ = hurry(call);
    }

    private void Call()
    {
        Permits wanted = permits.Wanted(waiting());
        ImmutableArray<KeyPermits> wantedByKey = permits.WantedByKey(waiting());
        PermitHolding holding = permits.Holding();
        bool waits = !wanted.IsNone || !wantedByKey.IsEmpty;
        // There may be keys that it has no room for: it waits but briefly, and they are in the next one.
        bool isFull = wantedByKey.Length == QueuePermits.MaxWantedKeys;
        var request = new PermitRequest(
            partition, epoch, ++_number, _giver, holding, wanted, wantedByKey, permits.SayLapsed(_number),
            !waits ? TimeSpan.Zero : isFull ? s_pauseOfMany : s_patience, _unanswered);
        Say(holding);
        _underWay = request;
        _isHurried = false;
        _unanswered = _unanswered == 0 ? _number : _unanswered;
        _askedKeys = wantedByKey.ToDictionary(key => key.Key, key => key.Permits, StringComparer.Ordinal);
        Wait(isFull ? s_pauseOfMany : s_pause);
        _ = ExchangeAsync(request);
    }

    private async Task ExchangeAsync(PermitRequest request)
    {
        TimeSpan sentAt = time.GetElapsedTime(0);
        try
        {
            PermitReply reply = await exchange(request);
            if (request.Number != _number)
                return;
            _underWay = null;
            _unanswered = 0;
            permits.LapsedIsHeard();
            if (reply.IsCurrent)
                Take(reply, sentAt);
        }
        catch (Exception exception)
        {
            // What was given, if anything, is lost until the next call says what is held, and that this one has no answer.
            LogFailed(exception, partition, permits.Queue);
            if (request.Number != _number)
                return;
            _underWay = null;
            Wait(s_pauseAfterFailure);
        }

        Kick();
    }

    private void Take(PermitReply reply, TimeSpan sentAt)
    {
        _giver = reply.Giver;
        if (reply.Given.IsNone && reply.GivenByKey.IsEmpty)
            return;
        permits.Take(reply, sentAt);
        // Not what is held now: the grain has not heard of what was let go of since the call.
        _said += reply.Given.Run;
        _saidOfKeys += reply.GivenByKey.Sum(key => key.Permits.Run);
        OnChanged();
    }

    private void Say(PermitHolding holding)
    {
        _hasSpoken = true;
        _said = holding.Run;
        _saidOfKeys = holding.RunByKey.Sum(key => key.Count);
    }

    private void Wait(TimeSpan wait)
    {
        _waitsSince = time.GetTimestamp();
        _wait = wait;
    }

    [LoggerMessage(3108, LogLevel.Information, "Task partition {Partition} got no answer about permits of queue '{Queue}'; it asks again.")]
    private partial void LogFailed(Exception exception, int partition, string queue);
}
