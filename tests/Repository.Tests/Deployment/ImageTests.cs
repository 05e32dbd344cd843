using System.Text.RegularExpressions;

namespace Gristmill.Repository.Tests.Deployment;

/// <summary>What deploy/docker/Dockerfile counts on.</summary>
public sealed partial class ImageTests
{
    private static readonly string s_file = RepositoryFiles.Read("deploy/docker/Dockerfile");

    [Fact]
    public void Publishing_FindsEachSettingsFileOnce()
    {
        // The gateway's comes along with the reference to it; a second of the name would stop "dotnet publish Silo".
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "Silo"), "*.json").Select(path => Path.GetFileName(path))];
        Assert.DoesNotContain(files, file => File.Exists(Path.Combine(RepositoryFiles.Root, "Client", file)));
    }

    [Fact]
    public void WhatRuns_IsNeitherRootNorWithoutTimeZones_AndIsWhatWasPublished()
    {
        Assert.Contains("-noble-chiseled-extra AS base", s_file, StringComparison.Ordinal);
        Assert.Contains("\nUSER $APP_UID\n", s_file, StringComparison.Ordinal);
        foreach (Match entry in EntryPoint().Matches(s_file))
            Assert.Contains(RepositoryFiles.Projects, project => Path.GetFileNameWithoutExtension(project) == entry.Groups[1].Value);
    }

    [Fact]
    public void WhatTheBuildStageCopies_IsNotIgnored()
    {
        string[] ignored = [.. RepositoryFiles.Read(".dockerignore").Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#'))];
        string[] needed =
            ["Silo", "Client", "Grains", "Grains.Interfaces", "Storage", "TaskEngine", "Abstractions", "SourceGenerators", "Native", "deploy", "deploy/docker",
             "**/*.md", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", "BannedSymbols.txt"];
        Assert.Empty(ignored.Intersect(needed));
    }

    [GeneratedRegex("""ENTRYPOINT \["dotnet", "([\w.]+)\.dll"\]""")]
    private static partial Regex EntryPoint();
}
