using System.Reflection;

namespace Gristmill.Repository.Tests;

/// <summary>The files of the repository that the tests were built from.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = Path.GetFullPath(
        typeof(RepositoryFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Paths of all project files, relative to the root.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Directory.EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("artifacts/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
}
