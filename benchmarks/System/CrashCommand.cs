using System.Diagnostics;
using System.Globalization;

namespace Gristmill.Crash;

/// <summary>
/// <c>crash --minutes N --seed S</c>: campaigns one after the other until the time is over, and all of them once however short it is. Each round
/// has a seed of its own that follows from S. A line that is not clean names the seed that <c>crash --seed S --only NAME</c> begins with to see it
/// again.
/// </summary>
internal static class CrashCommand
{
    private const int Kills = 20;
    private const int Strikes = 5;
    private const int StoreKills = 3;
    private const int Damages = 20;
    private const int ServerKills = 5;
    private const int Stalls = 6;

    private static readonly Part[] s_campaigns =
    [
        new("kill", seed => Campaigns.KillAsync(seed, Kills)),
        new("failpoints", Campaigns.FailAtEachPointAsync),
        new("power", seed => Campaigns.LosePowerAsync(seed, Strikes), Preloaded.Obstacle),
        new("clock", seed => Campaigns.JumpAsync(seed, TimeSpan.FromHours(-1), TimeSpan.FromHours(1), TimeSpan.FromHours(-6), TimeSpan.FromHours(6)), Preloaded.Obstacle),
        new("full", seed => Campaigns.FailWritesAsync(seed, "write"), Preloaded.Obstacle),
        new("write", seed => Campaigns.FailWritesAsync(seed, "write-error"), Preloaded.Obstacle),
        new("sync", seed => Campaigns.FailSyncAsync(seed, Strikes), Preloaded.Obstacle),
        new("store-memory-1", seed => Campaigns.FailStoreAsync(seed, percent: 1, kills: 0, Campaigns.InMemory)),
        new("store-memory-10", seed => Campaigns.FailStoreAsync(seed, percent: 10, kills: 0, Campaigns.InMemory)),
        new("store-sqlite-1", seed => Campaigns.FailStoreAsync(seed, percent: 1, StoreKills)),
        new("store-sqlite-10", seed => Campaigns.FailStoreAsync(seed, percent: 10, StoreKills)),
        new("store-postgres-1", seed => Campaigns.FailStoreOnPostgreSqlAsync(seed, percent: 1, StoreKills), PostgresServer.Obstacle),
        new("store-postgres-10", seed => Campaigns.FailStoreOnPostgreSqlAsync(seed, percent: 10, StoreKills), PostgresServer.Obstacle),
        new("corrupt", seed => Campaigns.DamageFilesAsync(seed, Damages)),
        new("postgres-kill", seed => Campaigns.KillOnPostgreSqlAsync(seed, ServerKills), PostgresServer.Obstacle),
        new("postgres-restart", seed => Campaigns.RestartPostgreSqlAsync(seed, ServerKills), PostgresServer.Obstacle),
        new("postgres-slow", seed => Campaigns.SlowPostgreSqlAsync(seed, Stalls), PostgresServer.Obstacle),
        new("poison", Campaigns.PoisonAsync),
        new("hang", seed => Campaigns.HangAsync(seed, blocking: 200, endless: 20)),
        new("idle", seed => Campaigns.IdleAsync(seed, connections: 10_000, slow: 100)),
        new("one-key", seed => Campaigns.OneKeyAsync(seed, posts: 100)),
        new("sigterm", Campaigns.TerminateAsync),
    ];

    /// <returns>The exit code: 1 when a campaign was not clean.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var time = TimeSpan.FromMinutes(Number(args, "--minutes") ?? 1);
        int seed = (int)(Number(args, "--seed") ?? Random.Shared.Next());
        string? only = Value(args, "--only");
        Part[] chosen = [.. s_campaigns.Where(campaign => only is null || campaign.Name == only)];
        if (chosen.Length == 0)
            throw new ArgumentException($"There is no campaign {only}: {string.Join(", ", s_campaigns.Select(campaign => campaign.Name))}.");
        foreach (Part part in chosen.Where(part => part.Obstacle is not null))
            Console.WriteLine($"{part.Name}: left out. {part.Obstacle}");
        Part[] campaigns = [.. chosen.Where(part => part.Obstacle is null)];

        bool isClean = true;
        int run = 0;
        long start = Stopwatch.GetTimestamp();
        for (; run < campaigns.Length || (campaigns.Length > 0 && Stopwatch.GetElapsedTime(start) < time); run++)
        {
            Part campaign = campaigns[run % campaigns.Length];
            // Each time through the campaigns has the next seed, so that one campaign is one seed.
            Verdict verdict = await campaign.Run(seed + (run / campaigns.Length));
            Console.WriteLine($"{campaign.Name}: {verdict.Describe()}");
            isClean &= verdict.IsClean;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{run} campaigns in {Stopwatch.GetElapsedTime(start).TotalMinutes:0.0} min ({time.TotalMinutes:0.##} asked for, a round of all {campaigns.Length} at least): {(isClean ? "clean" : "NOT CLEAN")}"));
        return isClean ? 0 : 1;
    }

    private static double? Number(string[] args, string name) =>
        Value(args, name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    private static string? Value(string[] args, string name) =>
        Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

    /// <param name="Name">As <c>--only</c> takes it.</param>
    /// <param name="Run">Runs it with a seed.</param>
    /// <param name="Obstacle">Why it cannot run on this machine; null when it can.</param>
    private sealed record Part(string Name, Func<int, Task<Verdict>> Run, string? Obstacle = null);
}
