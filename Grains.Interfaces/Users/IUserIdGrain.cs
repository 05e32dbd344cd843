namespace Gristmill.Grains.Users;

/// <summary>Hands out user ids in blocks; the key is 0. An id is never handed out twice, also not after a crash.</summary>
[Alias("gm.IUserIdGrain")]
public interface IUserIdGrain : IGrainWithIntegerKey
{
    /// <summary>Reserves <paramref name="count"/> ids, 1 to 100,000, on stable storage before the answer. Ids not used are lost.</summary>
    [Alias("Reserve")]
    Task<UserIdBlock> ReserveAsync(int count, CancellationToken cancellationToken = default);
}

/// <summary>The ids from <paramref name="First"/> to <paramref name="First"/> + <paramref name="Count"/> - 1.</summary>
[GenerateSerializer, Immutable, Alias("gm.UserIdBlock")]
public sealed record UserIdBlock([property: Id(0)] long First, [property: Id(1)] int Count);
