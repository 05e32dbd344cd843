using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gristmill.Storage.PostgreSql;
using Gristmill.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Gristmill.Storage.Tests;

public sealed class StorageServicesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SqliteHost_StoresUsers_AndGivesTheDirectoryBackAtItsEnd()
    {
        for (int start = 0; start < 2; start++)
        {
            using IHost host = Build(services => services.AddSqliteStorage(o => o.DataDirectory = _folder.Path).AddSqliteStorage());
            await host.StartAsync(Token);
            var store = host.Services.GetRequiredService<IUserStore>();
            Assert.Equal(start, await store.CountAsync(Token));
            await store.InsertAsync(new StoredUser(start + 1, "Ada", "ada@example.org", 0, true), Token);
            await host.StopAsync(Token);
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }

    [Fact]
    public async Task SqliteHost_OnACorruptDatabase_DoesNotStart()
    {
        await File.WriteAllTextAsync(_folder["gristmill.db"], "rubbish", Token);
        using IHost host = Build(services => services.AddSqliteStorage(o => o.DataDirectory = _folder.Path));

        StartupException refused = await Assert.ThrowsAnyAsync<StartupException>(() => host.StartAsync(Token));

        Assert.Contains("gristmill.db", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SqliteHost_WithWrongOptions_DoesNotStartAndTouchesNothing()
    {
        using IHost host = Build(services => services.AddSqliteStorage(o =>
        {
            o.DataDirectory = _folder["data"];
            o.WriteQueueCapacity = 0;
            o.Synchronous = (SqliteSynchronous)7;
        }));

        OptionsValidationException refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));

        Assert.Equal(2, refused.Failures.Count());
        Assert.False(Directory.Exists(_folder["data"]));
    }

    [Fact]
    public async Task PostgreSqlHost_WithoutAServerOrAnAddress_DoesNotStart()
    {
        using IHost unreachable = Build(services => services.AddPostgreSqlStorage(o => o.ConnectionString = "Host=127.0.0.1;Port=1").AddPostgreSqlStorage());
        using IHost unconfigured = Build(services => services.AddPostgreSqlStorage());

        Assert.Contains("127.0.0.1:1", (await Assert.ThrowsAnyAsync<StartupException>(() => unreachable.StartAsync(Token))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<OptionsValidationException>(() => unconfigured.StartAsync(Token));
    }

    [Fact]
    public void MemoryStorage_IsOneStore()
    {
        using ServiceProvider provider = new ServiceCollection().AddMemoryStorage().AddMemoryStorage().BuildServiceProvider();

        Assert.Same(provider.GetRequiredService<IUserStore>(), Assert.Single(provider.GetServices<IUserStore>()));
    }

    [Fact]
    public async Task UserStore_IsMeasuredByOperation_AndItsCommitsToo()
    {
        using IHost host = Build(services => services.AddSqliteStorage(o => o.DataDirectory = _folder.Path));
        var measured = new ConcurrentBag<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == StorageMetrics.MeterName && instrument.Meter.Scope == host.Services.GetRequiredService<IMeterFactory>())
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => measured.Add(
            $"{instrument.Name} {(tags.IsEmpty ? "" : tags[0].Value)}"));
        listener.SetMeasurementEventCallback<int>((instrument, operations, _, _) => measured.Add($"{instrument.Name} {operations}"));
        listener.Start();
        var store = host.Services.GetRequiredService<IUserStore>();

        StoredUser user = await store.InsertAsync(new StoredUser(1, "Ada", "ada@example.org", 0, true), Token);
        await Assert.ThrowsAsync<VersionConflictException>(async () => await store.InsertAsync(user, Token));
        await store.ReadAsync(1, Token);
        await store.DeleteAsync(1, user.Version, Token);
        await store.PingAsync(Token);
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.Equal(
            [
                "gristmill.storage.commit.duration ", "gristmill.storage.commit.duration ",
                "gristmill.storage.commit.operations 1", "gristmill.storage.commit.operations 1",
                "gristmill.storage.users.duration delete", "gristmill.storage.users.duration read",
                "gristmill.storage.users.duration write", "gristmill.storage.users.duration write",
            ],
            measured.Order(StringComparer.Ordinal));
    }

    private static IHost Build(Action<IServiceCollection> add)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        add(builder.Services);
        return builder.Build();
    }
}
