using System.Diagnostics;
using System.Globalization;

namespace Gristmill.Crash;

/// <summary>
/// <c>crash --minutes N --seed S</c>: campaigns one after the other until the time is over, each with a seed of its own that follows from S.
/// A line that is not clean names the seed that <c>crash --seed S --only NAME</c> begins with to see it again.
/// </summary>
internal static class CrashCommand
{
    private const int Kills = 20;
    private const int Strikes = 5;
    private const int StoreKills = 3;

    private static readonly (string Name, Func<int, Task<Verdict>> Run)[] s_campaigns =
    [
        ("kill", seed => Campaigns.KillAsync(seed, Kills)),
        ("failpoints", Campaigns.FailAtEachPointAsync),
        ("power", seed => Campaigns.LosePowerAsync(seed, Strikes)),
        ("clock", seed => Campaigns.JumpAsync(seed, TimeSpan.FromHours(-1), TimeSpan.FromHours(1), TimeSpan.FromHours(-6), TimeSpan.FromHours(6))),
        ("full", Campaigns.FillDiskAsync),
        ("store-memory-1", seed => Campaigns.FailStoreAsync(seed, "Memory", 1, kills: 0)),
        ("store-memory-10", seed => Campaigns.FailStoreAsync(seed, "Memory", 10, kills: 0)),
        ("store-sqlite-1", seed => Campaigns.FailStoreAsync(seed, "Sqlite", 1, StoreKills)),
        ("store-sqlite-10", seed => Campaigns.FailStoreAsync(seed, "Sqlite", 10, StoreKills)),
        ("poison", Campaigns.PoisonAsync),
        ("one-key", seed => Campaigns.OneKeyAsync(seed, posts: 100)),
        ("sigterm", Campaigns.TerminateAsync),
    ];

    /// <returns>The exit code: 1 when a campaign was not clean.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var time = TimeSpan.FromMinutes(Number(args, "--minutes") ?? 1);
        int seed = (int)(Number(args, "--seed") ?? Random.Shared.Next());
        string? only = Value(args, "--only");
        (string Name, Func<int, Task<Verdict>> Run)[] campaigns = [.. s_campaigns.Where(campaign => only is null || campaign.Name == only)];
        if (campaigns.Length == 0)
            throw new ArgumentException($"There is no campaign {only}: {string.Join(", ", s_campaigns.Select(campaign => campaign.Name))}.");

        bool isClean = true;
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; Stopwatch.GetElapsedTime(start) < time; round++)
        {
            (string name, Func<int, Task<Verdict>> run) = campaigns[round % campaigns.Length];
            // Each time through the campaigns has the next seed, so that one campaign is one seed.
            Verdict verdict = await run(seed + (round / campaigns.Length));
            Console.WriteLine($"{name}: {verdict.Describe()}");
            isClean &= verdict.IsClean;
        }

        return isClean ? 0 : 1;
    }

    private static double? Number(string[] args, string name) =>
        Value(args, name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    private static string? Value(string[] args, string name) =>
        Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}
