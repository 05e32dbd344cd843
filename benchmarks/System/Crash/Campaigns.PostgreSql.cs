namespace Gristmill.Crash;

// The same silo with its tasks in PostgreSQL, on a server of the campaign's own.
internal static partial class Campaigns
{
    // A round trip takes two of them: a busy network's, or a busy disk's.
    private static readonly TimeSpan s_latency = TimeSpan.FromMilliseconds(10);

    // Longer than the silo waits for an answer, and then for the server to stop what it asked for: twice Command Timeout.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(5);

    /// <summary>Kills the silo under load, again and again, and starts it anew.</summary>
    public static async Task<Verdict> KillOnPostgreSqlAsync(int seed, int kills)
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        return await KillAsync(seed, kills, SettingsFor(server));
    }

    /// <summary>Ends the server under load as a crash does and starts it anew, beneath a silo that goes on.</summary>
    public static async Task<Verdict> RestartPostgreSqlAsync(int seed, int restarts)
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using var campaign = new Campaign(seed) { Settings = SettingsFor(server) };
        await campaign.StartAsync();
        for (int restart = 0; restart < restarts; restart++)
        {
            await campaign.LoadAsync(
                campaign.Random.Next(50, 400),
                async () =>
                {
                    await server.KillAsync();
                    await server.LaunchAsync();
                },
                outlives: true);
        }

        await campaign.LoadAsync(campaign.Random.Next(50, 400), static () => Task.CompletedTask, outlives: true);
        await campaign.RepeatUnknownAsync();
        return await campaign.CheckAsync();
    }

    /// <summary>
    /// Puts the server behind a slow connection, which now and then hands on nothing at all for longer than the silo waits. Every second time the silo is
    /// killed meanwhile, and its last words reach the server when a successor has begun.
    /// </summary>
    public static async Task<Verdict> SlowPostgreSqlAsync(int seed, int stalls)
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using var relay = new SlowRelay(server.Socket, s_latency);
        await using var campaign = new Campaign(seed) { Settings = SettingsFor($"Host=127.0.0.1;Port={relay.Port};{PostgresServer.Login()};Timeout=30;Command Timeout=2") };
        await campaign.StartAsync();
        string note = "";
        for (int stall = 0; stall < stalls; stall++)
        {
            if (stall % 2 == 0)
                note = await campaign.ProbeWhileAsync(() => campaign.LoadAsync(campaign.Random.Next(50, 300), StallAsync, outlives: true));
            else
                await KillAsync();
            await campaign.RepeatUnknownAsync();
        }

        await campaign.LoadAsync(campaign.Random.Next(50, 300), static () => Task.CompletedTask, outlives: true);
        await campaign.RepeatUnknownAsync();
        return await campaign.CheckAsync() with { Note = note };

        async Task StallAsync()
        {
            relay.Stall(laterOnesToo: true);
            await Task.Delay(s_silence);
            relay.Flow();
            await campaign.UntilTakenAsync(true);
        }

        async Task KillAsync()
        {
            await campaign.LoadAsync(campaign.Random.Next(50, 300), async () =>
            {
                relay.Stall(laterOnesToo: false);
                await campaign.Silo.KillAsync();
            });
            // The server may hold locks for what it has heard half of: then the successor waits for the other half.
            Task started = campaign.StartAsync();
            await Task.WhenAny(started, Task.Delay(s_silence));
            relay.Flow();
            await started;
        }
    }

    /// <summary>As <see cref="FailStoreAsync"/>, on a server of the campaign's own.</summary>
    public static async Task<Verdict> FailStoreOnPostgreSqlAsync(int seed, int percent, int kills)
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        return await FailStoreAsync(seed, percent, kills, SettingsFor(server));
    }

    private static string[] SettingsFor(PostgresServer server) => SettingsFor(server.ConnectionString());

    private static string[] SettingsFor(string connection) => ["--Storage:Provider=PostgreSql", $"--Storage:ConnectionString={connection}"];
}
