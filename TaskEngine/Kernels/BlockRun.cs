using System.Runtime.ExceptionServices;

namespace Gristmill.KernelInterop;

/// <summary>
/// A kernel cut into blocks that all workers of the calling worker's engine take part in; on any other thread the blocks run
/// there, one after the other. Blocks are offered in rounds of a few per worker, so that between rounds a worker that helps
/// turns to the tasks of others. Progress is reported by one thread at a time and only rises. What a progress handler throws
/// stops the remaining blocks and comes out of <see cref="Run"/>.
/// </summary>
internal sealed class BlockRun : IDisposable
{
    private const int BlocksPerWorker = 4;

    private readonly IProgress<double>? _progress;
    private readonly CancellationToken _callers;
    private readonly CancellationTokenSource _stop;
    private readonly double _total;
    private readonly Lock _lock = new();

    /// <summary>Written and read under the lock.</summary>
    private double _done;

    /// <summary>Written under the lock; read by the caller when all blocks have ended.</summary>
    private ExceptionDispatchInfo? _failure;

    /// <param name="total">Units of work in all blocks together.</param>
    /// <param name="progress">Takes progress from 0 to 1; may be null.</param>
    /// <param name="cancellationToken">Stops the blocks.</param>
    public BlockRun(double total, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        _progress = progress;
        _callers = cancellationToken;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _total = total;
    }

    /// <summary>Stops a block's kernel.</summary>
    public CancellationToken Token => _stop.Token;

    public static int Workers => ForkScope.Current.Workers;

    /// <summary>Runs blocks 0 to count - 1; each is given its number.</summary>
    public void Run(int count, Action<int> block)
    {
        try
        {
            for (int first = 0; first < count;)
            {
                int end = (int)Math.Min(count, first + (long)Workers * BlocksPerWorker);
                ParallelLoop.For(first, end, new Body(this, block), grain: 1);
                first = end;
            }
        }
        catch (Exception) when (_failure is not null)
        {
            // The other blocks were cancelled because of it.
            _failure.Throw();
        }
        catch (OperationCanceledException) when (_callers.IsCancellationRequested)
        {
            throw new OperationCanceledException(_callers);
        }
    }

    /// <summary>A block has done some of its units.</summary>
    public void Done(double units)
    {
        lock (_lock)
        {
            _done += units;
            try
            {
                _progress?.Report(Math.Min(1, _done / _total));
            }
            catch (Exception failure)
            {
                _failure ??= ExceptionDispatchInfo.Capture(failure);
                _stop.Cancel();
                throw;
            }
        }
    }

    public void Dispose() => _stop.Dispose();

    private readonly struct Body(BlockRun run, Action<int> block) : IRangeBody
    {
        public void Run(int from, int to)
        {
            for (int i = from; i < to; i++)
            {
                run.Token.ThrowIfCancellationRequested();
                block(i);
            }
        }
    }
}
