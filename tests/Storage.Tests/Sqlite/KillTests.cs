using System.Diagnostics;

namespace Gristmill.Storage.Tests.Sqlite;

/// <summary>A process that writes is killed without warning, again and again, on one data directory.</summary>
public sealed class KillTests
{
    [Fact]
    public async Task Kill_DuringWrites_KeepsEveryAcknowledgedOne()
    {
        using var folder = new TempFolder();
        var acknowledged = new Acknowledgements();
        for (int round = 1; round <= 3; round++)
        {
            using Process process = ChildProcess.Start(folder.Path, writers: 16);
            int lines = 0;
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                acknowledged.Add(line);
                if (++lines == 400 * round)
                    process.Kill();
            }

            Assert.True(lines >= 400 * round, $"the child ended by itself after {lines} acknowledgements");
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await acknowledged.CheckAsync(folder.Path);
        }
    }
}
