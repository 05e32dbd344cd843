using Gristmill.Storage;

namespace Gristmill.Grains.Users;

/// <summary>Hands out ids that the store has reserved; holds nothing itself, so a second activation does no harm.</summary>
public sealed class UserIdGrain(IUserStore store) : Grain, IUserIdGrain
{
    private const int MaxBlock = 100_000;

    public async Task<UserIdBlock> ReserveAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxBlock);
        return new UserIdBlock(await store.ReserveIdsAsync(count, cancellationToken), count);
    }
}
