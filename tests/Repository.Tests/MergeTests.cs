namespace Gristmill.Repository.Tests;

public sealed class MergeTests
{
    private static readonly string[] s_ends = [".cs", ".csproj", ".props", ".targets", ".md", ".yml", ".yaml", ".json", ".sql", ".c", ".h", ".sh", ".cfg"];

    private static readonly string[] s_others = ["artifacts/", ".git/", "bin/", "obj/"];

    /// <summary>The default build compiles no file whose name ends with <c>.Orleans.cs</c>, so it would not notice.</summary>
    [Fact]
    public void NoFile_HasAnUnfinishedMerge()
    {
        string[] marks = [new string('<', 7) + " ", new string('>', 7) + " "];
        string[] files =
        [
            .. Directory.EnumerateFiles(RepositoryFiles.Root, "*", SearchOption.AllDirectories)
                .Where(path => s_ends.Contains(Path.GetExtension(path), StringComparer.Ordinal))
                .Where(path => !s_others.Any(folder => $"/{Path.GetRelativePath(RepositoryFiles.Root, path)}".Replace('\\', '/').Contains($"/{folder}", StringComparison.Ordinal))),
        ];

        Assert.Contains(files, file => file.EndsWith(".Orleans.cs", StringComparison.Ordinal));
        Assert.DoesNotContain(files, file => File.ReadLines(file).Any(line => marks.Any(mark => line.StartsWith(mark, StringComparison.Ordinal))));
    }
}
