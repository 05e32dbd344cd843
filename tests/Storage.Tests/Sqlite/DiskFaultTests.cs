using System.Diagnostics;
using Gristmill.Crash;

namespace Gristmill.Storage.Tests.Sqlite;

/// <summary>A disk that stops syncing, or has no room.</summary>
public sealed class DiskFaultTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Acknowledgements _acknowledged = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task FailedSync_EndsTheProcess_BeforeAnybodyIsAnswered()
    {
        Assert.SkipWhen(Preloaded.Obstacle is not null, Preloaded.Obstacle ?? "");
        FaultyDisk disk = await FaultyDisk.BuildAsync(_folder.Path);
        using Process process = ChildProcess.Start(_folder["data"], writers: 16, disk);
        Task<string> errors = process.StandardError.ReadToEndAsync(Token);
        await ReadAsync(process, lines: 300);

        disk.Fail("sync");
        int refused = await ReadAsync(process, lines: int.MaxValue);
        await process.WaitForExitAsync(Token);

        Assert.Equal(0, refused);
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains("SQLite could not sync", await errors, StringComparison.Ordinal);
        await _acknowledged.CheckAsync(_folder["data"]);
    }

    [Fact]
    public async Task FailedSync_OfTheMainFile_EndsTheProcess()
    {
        Assert.SkipWhen(Preloaded.Obstacle is not null, Preloaded.Obstacle ?? "");
        FaultyDisk disk = await FaultyDisk.BuildAsync(_folder.Path);
        using Process process = ChildProcess.Start(_folder["data"], writers: 16, disk);
        Task<string> errors = process.StandardError.ReadToEndAsync(Token);
        await ReadAsync(process, lines: 300);

        disk.Fail("sync-main");
        await ReadAsync(process, lines: int.MaxValue);
        await process.WaitForExitAsync(Token);

        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains("SQLite could not sync a checkpoint", await errors, StringComparison.Ordinal);
        disk.Heal("sync-main");
        await _acknowledged.CheckAsync(_folder["data"]);
    }

    [Fact]
    public async Task FullDisk_RefusesWrites_AndTakesThemAgainWhenThereIsRoom()
    {
        Assert.SkipWhen(Preloaded.Obstacle is not null, Preloaded.Obstacle ?? "");
        FaultyDisk disk = await FaultyDisk.BuildAsync(_folder.Path);
        using Process process = ChildProcess.Start(_folder["data"], writers: 16, disk);
        await ReadAsync(process, lines: 300);

        disk.Fail("write");
        while (await ReadAsync(process, lines: 1) == 0)
        {
        }

        disk.Heal("write");
        for (int written = 0; written < 300; written++)
            written -= await ReadAsync(process, lines: 1);

        process.Kill();
        await process.WaitForExitAsync(Token);
        await _acknowledged.CheckAsync(_folder["data"]);
    }

    private async Task<int> ReadAsync(Process process, int lines)
    {
        int refused = 0;
        while (lines-- > 0 && await process.StandardOutput.ReadLineAsync(Token) is { } line)
        {
            _acknowledged.Add(line);
            refused += line.StartsWith('!') ? 1 : 0;
        }

        return refused;
    }
}
