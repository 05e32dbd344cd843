using System.Diagnostics;
using Gristmill.Crash;
using Xunit.Sdk;

namespace Gristmill.Storage.Tests.Sqlite;

/// <summary>
/// A process that writes is killed, and with it goes what it did not sync: what killing alone never shows, because the operating system
/// keeps the writes of the dead.
/// </summary>
public sealed class PowerLossTests : IDisposable
{
    private const int NoCheckpoints = int.MaxValue;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 0.0, NoCheckpoints)]
    [InlineData(2, 0.5, NoCheckpoints)]
    [InlineData(3, 0.9, NoCheckpoints)]
    [InlineData(4, 0.0, 50)]
    [InlineData(5, 0.5, 50)]
    [InlineData(6, 0.9, 50)]
    public async Task PowerLoss_WithFullSync_KeepsEveryAcknowledgedWrite(int seed, double keptShare, int logPages)
    {
        var random = new Random(seed);
        string data = _folder["data"];
        Assert.SkipWhen(Preloaded.Obstacle is not null, Preloaded.Obstacle ?? "");
        PowerLoss disk = await PowerLoss.BuildAsync(_folder.Path, data);
        var acknowledged = new Acknowledgements();
        for (int round = 1; round <= 3; round++)
        {
            await WriteAndKillAsync(disk, data, "Full", logPages, lines: 400 * round, acknowledged);
            disk.Strike(random, keptShare);
            await acknowledged.CheckAsync(data);
        }
    }

    [Fact]
    public async Task PowerLoss_WithoutFullSync_LosesAcknowledgedWrites_WhichShowsThatTheseTestsSee()
    {
        string data = _folder["data"];
        Assert.SkipWhen(Preloaded.Obstacle is not null, Preloaded.Obstacle ?? "");
        PowerLoss disk = await PowerLoss.BuildAsync(_folder.Path, data);
        var acknowledged = new Acknowledgements();

        await WriteAndKillAsync(disk, data, "Normal", NoCheckpoints, lines: 400, acknowledged);
        Assert.True(disk.Strike(new Random(1), keptShare: 0) > 0);

        await Assert.ThrowsAnyAsync<XunitException>(() => acknowledged.CheckAsync(data));
    }

    private static async Task WriteAndKillAsync(PowerLoss disk, string data, string synchronous, int logPages, int lines, Acknowledgements acknowledged)
    {
        using Process process = ChildProcess.Start(data, writers: 16, disk, synchronous, logPages);
        int seen = 0;
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            acknowledged.Add(line);
            if (++seen == lines)
                process.Kill();
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(seen >= lines, $"the child ended by itself after {seen} acknowledgements");
    }
}
