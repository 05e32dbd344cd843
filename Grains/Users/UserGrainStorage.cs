using System.Globalization;
using Gristmill.Storage;
using Orleans.Storage;

namespace Gristmill.Grains.Users;

/// <summary>
/// Keeps <see cref="UserState"/> in the <see cref="IUserStore"/>: a record's version is the state's ETag, and a conflict of versions is
/// the grain engine's <see cref="InconsistentStateException"/>; any other failure of the store is thrown as callers of the grain are to see it,
/// for one that meets the grain's activation passes no call filter. Serves no other state.
/// </summary>
internal sealed class UserGrainStorage(IUserStore store) : IGrainStorage
{
    /// <summary>The name under which grains ask for it.</summary>
    public const string Name = "users";

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        IGrainState<UserState> state = Typed(grainState);
        StoredUser? user = await GuardAsync(state, async () => await store.ReadAsync(grainId.GetIntegerKey()));
        state.RecordExists = user is not null;
        state.ETag = user is null ? null : ETagOf(user);
        state.State = user is null
            ? new UserState()
            : new UserState { Name = user.Name, Email = user.Email, CreatedAt = user.CreatedAt, Active = user.Active };
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        IGrainState<UserState> state = Typed(grainState);
        UserState user = state.State!;
        var record = new StoredUser(grainId.GetIntegerKey(), user.Name, user.Email, user.CreatedAt, user.Active);
        StoredUser written = await GuardAsync(state, async () => state.RecordExists
            ? await store.UpdateAsync(record, VersionOf(state.ETag!))
            : await store.InsertAsync(record));
        state.RecordExists = true;
        state.ETag = ETagOf(written);
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        IGrainState<UserState> state = Typed(grainState);
        if (state.RecordExists)
        {
            await GuardAsync(state, async () =>
            {
                await store.DeleteAsync(grainId.GetIntegerKey(), VersionOf(state.ETag!));
                return true;
            });
        }

        state.RecordExists = false;
        state.ETag = null;
        state.State = new UserState();
    }

    private static async Task<TResult> GuardAsync<TResult>(IGrainState<UserState> state, Func<Task<TResult>> step)
    {
        try
        {
            return await step();
        }
        catch (VersionConflictException conflict)
        {
            string stored = conflict.ActualVersion?.ToString(CultureInfo.InvariantCulture) ?? "none";
            throw new InconsistentStateException(conflict.Message, stored, state.ETag ?? "none", conflict);
        }
        catch (GristmillException failure)
        {
            throw new GrainCallException(failure.ToError());
        }
    }

    private static IGrainState<UserState> Typed<T>(IGrainState<T> state) =>
        state as IGrainState<UserState>
        ?? throw new NotSupportedException($"The storage '{Name}' keeps {nameof(UserState)}, not {typeof(T).Name}.");

    private static string ETagOf(StoredUser user) => user.Version.ToString(CultureInfo.InvariantCulture);

    private static long VersionOf(string etag) => long.Parse(etag, CultureInfo.InvariantCulture);
}
