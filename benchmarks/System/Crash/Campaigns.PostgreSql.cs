namespace Gristmill.Crash;

// The same silo with its tasks in PostgreSQL, on a server of the campaign's own.
internal static partial class Campaigns
{
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

    private static string[] SettingsFor(PostgresServer server) =>
        ["--Storage:Provider=PostgreSql", $"--Storage:ConnectionString={server.ConnectionString()}"];
}
