using Gristmill.Grains.Users;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Users;

/// <summary>
/// Gives out user ids from a block that it reserved, and reserves the next when that is used up. Safe from any thread: one caller
/// reserves while the others wait for it.
/// </summary>
internal sealed class UserIds(IGrainFactory grains, IOptions<GatewayOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);

    // Guarded by _gate.
    private long _next;
    private long _end;

    public async ValueTask<long> NextAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_next == _end)
            {
                UserIdBlock block = await grains.GetGrain<IUserIdGrain>(0).ReserveAsync(options.Value.UserIdBlock, cancellationToken);
                _next = block.First;
                _end = block.First + block.Count;
            }

            return _next++;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}
