using System.Runtime.CompilerServices;

namespace Gristmill;

/// <summary>
/// Loops that are split over the workers. Called on a worker, from a handler for instance, they use that worker's engine; on any other
/// thread they run there, undivided. The caller returns when all is done; an exception of the body leaves after that.
/// </summary>
public static class ParallelLoop
{
    // Chunks per worker: enough to even out what chunks cost, few enough for the splits not to matter.
    private const int ChunksPerWorker = 8;

    /// <summary>Runs the body over [<paramref name="from"/>, <paramref name="to"/>) in chunks.</summary>
    /// <param name="from">The first index.</param>
    /// <param name="to">Behind the last index.</param>
    /// <param name="body">Called with one chunk after another, from several threads at once.</param>
    /// <param name="grain">Indices per chunk at least; 0 lets the loop choose.</param>
    public static void For<TBody>(int from, int to, in TBody body, int grain = 0)
        where TBody : struct, IRangeBody
    {
        Reduce<Sink<TBody>, byte>(from, to, new Sink<TBody>(body), grain);
    }

    /// <summary>Computes chunks of [<paramref name="from"/>, <paramref name="to"/>) and combines their results in order.</summary>
    /// <inheritdoc cref="For{TBody}"/>
    public static TResult Reduce<TBody, TResult>(int from, int to, in TBody body, int grain = 0)
        where TBody : struct, IReduceBody<TResult>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(grain);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        ForkScope scope = ForkScope.Current;
        long length = (long)to - from;
        int chunk = (int)Math.Max(Math.Max(1, grain), length / ((long)scope.Workers * ChunksPerWorker));
        return new Range<TBody, TResult>(from, to, chunk, body).Run(scope);
    }

    private readonly struct Range<TBody, TResult>(int from, int to, int chunk, TBody body) : IForkTask<TResult>
        where TBody : struct, IReduceBody<TResult>
    {
        private readonly TBody _body = body;

        public TResult Run(ForkScope scope)
        {
            int length = to - from;
            if ((uint)length <= (uint)chunk || scope.Workers == 1)
                return Unsafe.AsRef(in _body).Run(from, to);

            int middle = from + (int)((uint)length / 2);
            scope.Join<Range<TBody, TResult>, TResult, Range<TBody, TResult>, TResult>(
                new Range<TBody, TResult>(from, middle, chunk, _body),
                new Range<TBody, TResult>(middle, to, chunk, _body),
                out TResult left,
                out TResult right);
            return Unsafe.AsRef(in _body).Combine(left, right);
        }
    }

    private readonly struct Sink<TBody>(TBody body) : IReduceBody<byte>
        where TBody : struct, IRangeBody
    {
        private readonly TBody _body = body;

        public byte Run(int from, int to)
        {
            if (from < to)
                Unsafe.AsRef(in _body).Run(from, to);
            return 0;
        }

        public byte Combine(byte left, byte right) => 0;
    }
}

/// <summary>The body of <see cref="ParallelLoop.For{TBody}"/>. Implement it on a struct; it is copied to each chunk.</summary>
public interface IRangeBody
{
    /// <summary>Handles the indices from ≤ i &lt; to.</summary>
    void Run(int from, int to);
}

/// <summary>The body of <see cref="ParallelLoop.Reduce{TBody, TResult}"/>. Implement it on a struct; it is copied to each chunk.</summary>
public interface IReduceBody<TResult>
{
    /// <summary>Computes the part from ≤ i &lt; to.</summary>
    TResult Run(int from, int to);

    /// <summary>Joins two neighbouring parts, in this order.</summary>
    TResult Combine(TResult left, TResult right);
}
