using System.Globalization;
using Orleans.Storage;

namespace Gristmill.Grains.Users;

/// <summary>
/// One user record. Memory changes only after the store has the record: a write that fails leaves the state as it was read. When the
/// store holds another version than the grain, somebody else wrote (a second activation, for a moment): the grain reads again. A record that
/// is not there is looked for at every call, because records are created beside the grain.
/// </summary>
internal sealed class UserGrain(
    [PersistentState("user", UserGrainStorage.Name)] IPersistentState<UserState> user, UserDirectory directory) : Grain, IUserGrain
{
    public async Task<User?> GetAsync(CancellationToken cancellationToken = default) => await IsThereAsync() ? Record() : null;

    public async Task<UserWriteResult> UpdateAsync(UserFields fields, long? ifVersion, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (await RefusalAsync(ifVersion) is { } refusal)
                return refusal;
            if (!await WriteAsync(fields))
                continue;
            User written = Record();
            await directory.UpsertAsync([written]);
            return new UserWriteResult(UserWriteStatus.Done, written);
        }
    }

    public async Task<UserWriteResult> DeleteAsync(long? ifVersion, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (await RefusalAsync(ifVersion) is { } refusal)
                return refusal;
            User deleted = Record();
            // A write that has begun is finished: half a deletion would be an unknown one.
            if (!await TryAsync(() => user.ClearStateAsync(CancellationToken.None)))
                continue;
            DeactivateOnIdle();
            await directory.RemoveAsync(deleted);
            return new UserWriteResult(UserWriteStatus.Done);
        }
    }

    private async Task<UserWriteResult?> RefusalAsync(long? ifVersion)
    {
        if (!await IsThereAsync())
            return new UserWriteResult(UserWriteStatus.NotFound);
        return ifVersion is { } version && version != Version
            ? new UserWriteResult(UserWriteStatus.PreconditionFailed)
            : null;
    }

    private async ValueTask<bool> IsThereAsync()
    {
        if (user.RecordExists)
            return true;
        await user.ReadStateAsync(CancellationToken.None);
        if (!user.RecordExists)
            DeactivateOnIdle();
        return user.RecordExists;
    }

    private async Task<bool> WriteAsync(UserFields fields)
    {
        UserState before = user.State;
        user.State = new UserState { Name = fields.Name, Email = fields.Email, CreatedAt = before.CreatedAt, Active = fields.Active };
        try
        {
            return await TryAsync(() => user.WriteStateAsync(CancellationToken.None));
        }
        catch
        {
            user.State = before;
            throw;
        }
    }

    /// <summary>True when the store took the write; false when it held another version, which is then the grain's state.</summary>
    private async Task<bool> TryAsync(Func<Task> write)
    {
        try
        {
            try
            {
                await write();
                return true;
            }
            catch (InconsistentStateException)
            {
                await user.ReadStateAsync(CancellationToken.None);
                return false;
            }
        }
        catch (Exception exception)
        {
            // The write may have happened all the same: forget this activation, and let the next one and the directory read what is true. A
            // store that says that it did not write (it is worth trying again) leaves no doubt; in an outage there would be no end of them.
            DeactivateOnIdle();
            if (exception is not GrainCallException { Error: { Code: ErrorCodes.StorageUnavailable, IsTransient: true } })
                directory.Doubt([this.GetPrimaryKeyLong()]);
            throw;
        }
    }

    private User Record() => new(
        this.GetPrimaryKeyLong(), user.State.Name, user.State.Email, user.State.CreatedAt, user.State.Active, Version);

    private long Version => long.Parse(user.Etag!, CultureInfo.InvariantCulture);
}
