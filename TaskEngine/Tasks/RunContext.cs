namespace Gristmill.Tasks;

/// <summary>The face that a run shows its handler. It lives and is reused with its run.</summary>
internal sealed class RunContext(TaskRun run) : TaskContext, IProgress<double>
{
    private double _progress;

    public override TaskId Id => run.Id;

    public override int Attempt => run.Options.FirstAttempt - 1 + run.Attempts;

    public override long Epoch => run.Options.Epoch;

    public override CancellationToken CancellationToken => run.Token;

    public override IProgress<double> Progress => this;

    public override IServiceProvider Services => run.Engine.Services;

    /// <summary>The value reported last. Any thread.</summary>
    public double LatestProgress => Volatile.Read(ref _progress);

    public void Report(double value)
    {
        double progress = Math.Clamp(value, 0.0, 1.0);
        Volatile.Write(ref _progress, progress);
        run.Options.Observer?.OnProgress(progress);
    }

    public void Reset() => _progress = 0;
}
