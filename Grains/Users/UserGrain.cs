using Orleans.Storage;

namespace Gristmill.Grains.Users;

/// <summary>
/// One user record. Memory changes only after the store has the record: a write that fails leaves the state as it was read. When the
/// store holds another version than the grain, somebody else wrote (a second activation, for a moment): the grain reads again.
/// </summary>
public sealed class UserGrain(
    [PersistentState("user", UserGrainStorage.Name)] IPersistentState<UserState> user,
    TimeProvider time) : Grain, IUserGrain
{
    public Task<UserRecord?> GetAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(user.RecordExists ? Record() : null);

    public async Task<UserWriteResult> CreateAsync(UserFields fields, CancellationToken cancellationToken = default)
    {
        if (user.RecordExists)
            return new UserWriteResult(UserWriteStatus.PreconditionFailed);

        return await WriteAsync(fields, createdAt: time.GetUtcNow().ToUnixTimeSeconds())
            ? new UserWriteResult(UserWriteStatus.Done, Record())
            : new UserWriteResult(UserWriteStatus.PreconditionFailed);
    }

    public async Task<UserWriteResult> UpdateAsync(UserFields fields, string? ifMatch, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (Refusal(ifMatch) is { } refusal)
                return refusal;
            if (await WriteAsync(fields, user.State.CreatedAt))
                return new UserWriteResult(UserWriteStatus.Done, Record());
        }
    }

    public async Task<UserWriteResult> DeleteAsync(string? ifMatch, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (Refusal(ifMatch) is { } refusal)
                return refusal;
            try
            {
                // A write that has begun is finished: half a deletion would be an unknown one.
                await user.ClearStateAsync(CancellationToken.None);
                return new UserWriteResult(UserWriteStatus.Done);
            }
            catch (InconsistentStateException)
            {
                await user.ReadStateAsync(CancellationToken.None);
            }
        }
    }

    private UserWriteResult? Refusal(string? ifMatch)
    {
        if (!user.RecordExists)
            return new UserWriteResult(UserWriteStatus.NotFound);
        return ifMatch is not null && ifMatch != user.Etag
            ? new UserWriteResult(UserWriteStatus.PreconditionFailed)
            : null;
    }

    /// <summary>True when the store took the record; false when it held another version, which is then the grain's state.</summary>
    private async Task<bool> WriteAsync(UserFields fields, long createdAt)
    {
        UserState before = user.State;
        user.State = new UserState { Name = fields.Name, Email = fields.Email, CreatedAt = createdAt, Active = fields.Active };
        try
        {
            await user.WriteStateAsync(CancellationToken.None);
            return true;
        }
        catch (InconsistentStateException)
        {
            await user.ReadStateAsync(CancellationToken.None);
            return false;
        }
        catch
        {
            // The write may have happened all the same: forget this activation, and let the next one read what is true.
            user.State = before;
            DeactivateOnIdle();
            throw;
        }
    }

    private UserRecord Record() => new(
        this.GetPrimaryKeyLong(), user.State.Name, user.State.Email, user.State.CreatedAt, user.State.Active, user.Etag!);
}
