using System.Text.RegularExpressions;

namespace Gristmill.Repository.Tests;

public sealed partial class DocumentLinkTests
{
    [Fact]
    public void EveryRelativeLink_OfEveryDocument_LeadsSomewhere()
    {
        string[] dead =
            [.. from document in Documents()
                from Match link in Link().Matches(File.ReadAllText(document))
                let target = link.Groups["target"].Value.Split('#')[0]
                where target.Length > 0 && !target.Contains(':', StringComparison.Ordinal)
                where !Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, target))
                select $"{Path.GetRelativePath(RepositoryFiles.Root, document)}: {target}"];

        Assert.Empty(dead);
    }

    [Fact]
    public void EveryProject_ThatADocumentRuns_IsThere()
    {
        string[] missing =
            [.. from document in Documents()
                from Match command in Run().Matches(File.ReadAllText(document))
                let folder = command.Groups["folder"].Value
                where !Directory.Exists(Path.Combine(RepositoryFiles.Root, folder)) || !Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, folder), "*.csproj").Any()
                select $"{Path.GetRelativePath(RepositoryFiles.Root, document)}: {folder}"];

        Assert.Empty(missing);
    }

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(RepositoryFiles.Root, "*.md", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/artifacts/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"dotnet run [^\n`]*--project (?<folder>[\w./]+)")]
    private static partial Regex Run();
}
