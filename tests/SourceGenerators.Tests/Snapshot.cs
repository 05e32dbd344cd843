using System.Runtime.CompilerServices;

namespace Gristmill.SourceGenerators.Tests;

/// <summary>
/// Compares text with a committed file. With the environment variable UPDATE_SNAPSHOTS=1 it writes the file instead; the difference
/// is then reviewed like any other.
/// </summary>
internal static class Snapshot
{
    public static void Matches(string actual, string name, [CallerFilePath] string testFile = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(testFile)!, "Snapshots", name + ".verified.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }

        Assert.True(File.Exists(path), $"{path} is missing; run the tests with UPDATE_SNAPSHOTS=1 and review it.");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
