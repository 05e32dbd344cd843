using System.Reflection;

namespace Gristmill.Storage;

/// <summary>The numbered texts of a store's schema (<c>Schema/0001_….sql</c> …), embedded in its assembly.</summary>
internal static class SchemaScripts
{
    /// <summary>The n-th text takes a database from schema n - 1 to schema n.</summary>
    public static string[] Read(Assembly assembly) =>
    [
        .. assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return reader.ReadToEnd();
            }),
    ];
}
