using Gristmill.Crash;

namespace Gristmill.EndToEnd.Tests.Crash;

/// <summary>
/// Short campaigns against the product's own process; <c>benchmarks/System -- crash</c> runs the same ones for longer. Each prints the checker's
/// line, whose seed <c>crash --only NAME --seed S</c> takes.
/// </summary>
public sealed class CampaignTests
{
    [Fact]
    public async Task Kill_UnderLoad_LosesAndDoublesNothing() => Report(await Campaigns.KillAsync(NewSeed(), kills: 6));

    [Fact]
    public async Task EndAtEachFailpoint_LosesAndDoublesNothing() => Report(await Campaigns.FailAtEachPointAsync(NewSeed()));

    [Fact]
    public async Task DiskFull_RefusesAndGoesOn() => Report(await Campaigns.FillDiskAsync(SeedIfPreloading()));

    [Fact]
    public async Task Clock_ThatJumps_ChangesNothing() =>
        Report(await Campaigns.JumpAsync(SeedIfPreloading(), TimeSpan.FromHours(-1), TimeSpan.FromHours(1)));

    [Fact]
    public async Task TaskThatKillsTheProcess_IsGivenUpAfterThreeCrashes_AndTheOthersFinish() => Report(await Campaigns.PoisonAsync(NewSeed()));

    [Fact]
    public async Task ManyPostsWithOneKey_AcrossAKill_AreOneTask() => Report(await Campaigns.OneKeyAsync(NewSeed(), posts: 100));

    [Fact]
    public async Task Sigterm_WhileTasksRunAndWait_CostsThemNothing() => Report(await Campaigns.TerminateAsync(NewSeed()));

    [Fact]
    public async Task PowerLoss_LosesNothingAcknowledged() => Report(await Campaigns.LosePowerAsync(SeedIfPreloading(), strikes: 3));

    [Fact]
    public async Task PowerLoss_WithoutFullSync_LosesTasks_WhichShowsThatTheCheckerSees()
    {
        Verdict verdict = await Campaigns.LosePowerAsync(SeedIfPreloading(), strikes: 1, "--Storage:Synchronous=Normal");
        Assert.True(verdict.Lost > 0, verdict.Describe());
    }

    [Theory]
    [InlineData("Memory", 1, 0)]
    [InlineData("Memory", 10, 0)]
    [InlineData("Sqlite", 1, 1)]
    [InlineData("Sqlite", 10, 1)]
    public async Task Store_ThatFailsNowAndThen_LosesAndDoublesNothing(string provider, int percent, int kills) =>
        Report(await Campaigns.FailStoreAsync(NewSeed(), provider, percent, kills));

    [Fact]
    public async Task DamagedFiles_AreRefusedOrCountedAsLost() => Report(await Campaigns.DamageFilesAsync(NewSeed(), damages: 5));

    [Fact]
    public async Task Kill_OnPostgreSql_LosesAndDoublesNothing() => Report(await Campaigns.KillOnPostgreSqlAsync(SeedIfServing(), kills: 2));

    [Fact]
    public async Task PostgreSql_ThatIsRestartedUnderLoad_LosesAndDoublesNothing() =>
        Report(await Campaigns.RestartPostgreSqlAsync(SeedIfServing(), restarts: 2));

    private static void Report(Verdict verdict)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(verdict.ToString());
        Assert.True(verdict.IsClean, verdict.Describe());
    }

    private static int NewSeed() => Random.Shared.Next();

    private static int SeedIfPreloading() => SeedUnless(Preloaded.Obstacle);

    private static int SeedIfServing() => SeedUnless(PostgresServer.Obstacle);

    private static int SeedUnless(string? obstacle)
    {
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        return NewSeed();
    }
}
