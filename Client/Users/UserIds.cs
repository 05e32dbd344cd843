using Gristmill.Grains.Users;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Users;

/// <summary>
/// Gives out user ids from a block that it reserved, and reserves the next when that is used up: a larger one when the block did not last a
/// second, so that a busy gateway seldom waits and an idle one loses few ids. Safe from any thread: one caller reserves while the
/// others wait for it.
/// </summary>
internal sealed class UserIds(IGrainFactory grains, IOptions<GatewayOptions> options, TimeProvider time) : IDisposable
{
    private const int MaxBlock = 16_384;

    private static readonly TimeSpan s_busy = TimeSpan.FromSeconds(1);

    // One caller reserves at a time.
    private readonly SemaphoreSlim _gate = new(1, 1);

    // Replaced under _gate, read by everybody.
    private volatile Block _block = new(0, 0);

    // Guarded by _gate.
    private long _reservedAt;

    /// <summary>One id.</summary>
    public ValueTask<long> NextAsync(CancellationToken cancellationToken) =>
        _block.TryTake(out long id) ? new ValueTask<long>(id) : ReserveAsync(cancellationToken);

    /// <summary>Ids in a row, reserved for this caller alone.</summary>
    /// <returns>The first.</returns>
    public async ValueTask<long> NextAsync(int count, CancellationToken cancellationToken) =>
        (await grains.GetGrain<IUserIdGrain>(0).ReserveAsync(count, cancellationToken)).First;

    public void Dispose() => _gate.Dispose();

    private async ValueTask<long> ReserveAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            long id;
            while (!_block.TryTake(out id))
            {
                bool isBusy = _block.Count > 0 && time.GetElapsedTime(_reservedAt) < s_busy;
                int count = isBusy ? Math.Max(options.Value.UserIdBlock, Math.Min(_block.Count * 2, MaxBlock)) : options.Value.UserIdBlock;
                UserIdBlock reserved = await grains.GetGrain<IUserIdGrain>(0).ReserveAsync(count, cancellationToken);
                _reservedAt = time.GetTimestamp();
                _block = new Block(reserved.First, reserved.Count);
            }

            return id;
        }
        finally
        {
            _gate.Release();
        }
    }

    private sealed class Block(long first, int count)
    {
        // Raised by every caller; runs past the count when the block is used up.
        private long _taken = -1;

        public int Count => count;

        public bool TryTake(out long id)
        {
            long taken = Interlocked.Increment(ref _taken);
            id = first + taken;
            return taken < count;
        }
    }
}
