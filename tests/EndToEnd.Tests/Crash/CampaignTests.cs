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
    public async Task DiskFull_RefusesAndGoesOn() => Report(await Campaigns.FailWritesAsync(SeedIfPreloading(), "write"));

    [Fact]
    public async Task DiskThatFailsWrites_RefusesAndGoesOn() => Report(await Campaigns.FailWritesAsync(SeedIfPreloading(), "write-error"));

    [Fact]
    public async Task SyncThatFails_EndsTheProcess_AndLosesNothingAcknowledged() => Report(await Campaigns.FailSyncAsync(SeedIfPreloading(), strikes: 2));

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
    [InlineData(1)]
    [InlineData(10)]
    public async Task Store_ThatFailsNowAndThen_LosesAndDoublesNothing(int percent) =>
        Report(await Campaigns.FailStoreAsync(NewSeed(), percent, kills: 1));

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task Store_InMemory_ThatFailsNowAndThen_LosesAndDoublesNothing(int percent) =>
        Report(await Campaigns.FailStoreAsync(NewSeed(), percent, kills: 0, Campaigns.InMemory));

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task Store_OnPostgreSql_ThatFailsNowAndThen_LosesAndDoublesNothing(int percent) =>
        Report(await Campaigns.FailStoreOnPostgreSqlAsync(SeedIfServing(), percent, kills: 1));

    [Fact]
    public async Task DamagedFiles_AreRefusedOrCountedAsLost() => Report(await Campaigns.DamageFilesAsync(NewSeed(), damages: 5));

    [Fact]
    public async Task Kill_OnPostgreSql_LosesAndDoublesNothing() => Report(await Campaigns.KillOnPostgreSqlAsync(SeedIfServing(), kills: 2));

    [Fact]
    public async Task PostgreSql_ThatIsRestartedUnderLoad_LosesAndDoublesNothing() =>
        Report(await Campaigns.RestartPostgreSqlAsync(SeedIfServing(), restarts: 2));

    [Fact]
    public async Task PostgreSql_ThatIsSlowOrSilent_LosesAndDoublesNothing() =>
        Report(await Campaigns.SlowPostgreSqlAsync(SeedIfServing(), stalls: 2));

    [Fact]
    public async Task Handlers_ThatBlockOrNeverReturn_LeaveTheOthersAlone() =>
        Report(await Campaigns.HangAsync(NewSeed(), blocking: 40, endless: 4));

    [Fact]
    public async Task IdleAndSlowClients_LeaveTheOthersAlone() => Report(await Campaigns.IdleAsync(NewSeed(), connections: 1_000, slow: 10));

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
