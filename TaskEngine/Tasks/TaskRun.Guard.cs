namespace Gristmill.Tasks;

/// <summary>
/// What keeps a task from being lost when code that is not its handler throws: a listener of metrics, a callback of the handler's token, a
/// clock, an exception that cannot describe itself. A task without an end would hold up every drain.
/// </summary>
internal abstract partial class TaskRun
{
    /// <summary>Ends the run with what the engine's own steps threw, unless it has ended.</summary>
    /// <param name="claim">What <see cref="Claim"/> was before those steps: the object may serve another task by now.</param>
    /// <param name="exception">What was thrown.</param>
    protected void OnPolicyFailed(long claim, Exception exception)
    {
        Engine.ReportPolicyFailure(exception);
        if (TryClaim(claim))
        {
            EndTrial(exception);
            SetFailure(TaskState.Failed, exception);
            PublishOwnOutcome(TaskState.Failed);
        }
        else if (Volatile.Read(ref _stopRequested) != 0)
        {
            // Stopped from outside, so never reused: what it holds must be given back all the same.
            EndTrial(exception);
            OnReturned();
        }
    }

    // Asks the breaker before an attempt. False when the run has ended instead.
    private bool TryEnter(KindBreaker breaker)
    {
        if (!breaker.TryEnter(out bool isTrial))
        {
            breaker.IsOpen(out TimeSpan retryAfter);
            TryStop(Claim, TaskState.Failed, new CircuitOpenException(Kind.Name, retryAfter));
            return false;
        }

        if (!isTrial)
            return true;
        // Who stops the run claims first and looks for the trial then; here it is the other way round.
        Interlocked.Exchange(ref _isTrial, 1);
        if (!IsClaimed)
            return true;
        EndTrial(new OperationCanceledException());
        return false;
    }

    private bool TakeTrial() => Volatile.Read(ref _isTrial) != 0 && Interlocked.Exchange(ref _isTrial, 0) != 0;

    // A trial that is never reported would keep its kind's circuit open for ever.
    private void EndTrial(Exception exception)
    {
        if (TakeTrial())
            Kind.Breaker!.Report(exception, isTrial: true);
    }

    // The handler may never return, so a time-out and the end of a trial are told now. The claim is held: the awaiter must get its outcome.
    private void ReportStop(Exception exception)
    {
        if (Kind.Breaker is not { } breaker)
            return;
        bool isTimeout = exception is TaskTimeoutException;
        if (isTimeout)
            Volatile.Write(ref _isTimeoutReported, true);
        bool isTrial = TakeTrial();
        if (!isTimeout && !isTrial)
            return;
        try
        {
            breaker.Report(exception, isTrial);
        }
        catch (Exception thrown)
        {
            Engine.ReportPolicyFailure(thrown);
        }
    }

    // The flag is set before the call returns. The callbacks are anybody's code: on the monitor's thread, or under a stop, one that blocks
    // would hold up every other task, and one that throws would end the process.
    private void AskToStop(CancellationTokenSource source)
    {
        Task callbacks = source.CancelAsync();
        if (callbacks.IsCompletedSuccessfully)
            return;
        TaskEngine engine = Engine;
        callbacks.ContinueWith(
            failed => engine.ReportPolicyFailure(failed.Exception!),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
