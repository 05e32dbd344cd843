namespace Gristmill.Storage.Tests.Users;

public sealed class MemoryUserStoreTests : UserStoreConformance
{
    protected override ValueTask<IUserStore> OpenAsync() => new(new MemoryUserStore());

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;
}
