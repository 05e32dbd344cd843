using System.Diagnostics;
using System.Globalization;

namespace Gristmill.Storage.Tests;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Acquire_OfAMissingFolder_CreatesIt()
    {
        using DataDirectory directory = DataDirectory.Acquire(_folder["a/b/c"]);

        Assert.True(Directory.Exists(_folder["a/b/c"]));
        Assert.Equal(_folder["a/b/c/file"], directory.PathOf("file"));
    }

    [Fact]
    public void Acquire_OfAHeldFolder_NamesTheHolder_UntilItIsGivenBack()
    {
        DataDirectory held = DataDirectory.Acquire(_folder.Path);

        DataDirectoryInUseException refused = Assert.Throws<DataDirectoryInUseException>(() => DataDirectory.Acquire(_folder.Path + "/."));
        Assert.Equal(Environment.ProcessId, refused.ProcessId);
        Assert.Equal($"Data directory {_folder.Path} is in use by process {Environment.ProcessId}.", refused.Message);

        held.Dispose();
        DataDirectory.Acquire(_folder.Path).Dispose();
    }

    [Fact]
    public async Task Acquire_OfAFolderThatAKilledProcessHeld_Succeeds()
    {
        using Process holder = ChildProcess.Start(_folder.Path, writers: 1);
        await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

        DataDirectoryInUseException refused = Assert.Throws<DataDirectoryInUseException>(() => DataDirectory.Acquire(_folder.Path));
        Assert.Equal(holder.Id, refused.ProcessId);

        holder.Kill();
        await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(holder.Id.ToString(CultureInfo.InvariantCulture), (await File.ReadAllTextAsync(_folder["gristmill.pid"], TestContext.Current.CancellationToken)).Trim());
        DataDirectory.Acquire(_folder.Path).Dispose();
    }

    [Fact]
    public void Acquire_WhereAFileIs_IsRefused()
    {
        File.WriteAllText(_folder["file"], "content");

        DataDirectoryException refused = Assert.Throws<DataDirectoryException>(() => DataDirectory.Acquire(_folder["file"]));

        Assert.IsAssignableFrom<StartupException>(refused);
        Assert.Contains(_folder["file"], refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Equal("content", File.ReadAllText(_folder["file"]));
    }

    [Theory]
    [InlineData(UnixFileMode.None, "read")]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserExecute, "written")]
    public void Acquire_WithoutPermission_SaysWhich(UnixFileMode mode, string what)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Unix file modes.");
            return;
        }

        Assert.SkipWhen(Environment.IsPrivilegedProcess, "The superuser may read and write everything.");
        string closed = Directory.CreateDirectory(_folder["closed"]).FullName;
        File.SetUnixFileMode(closed, mode);

        DataDirectoryException refused = Assert.Throws<DataDirectoryException>(() => DataDirectory.Acquire(closed));

        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.StartsWith($"Data directory {closed} cannot be {what}:", refused.Message, StringComparison.Ordinal);
    }
}
