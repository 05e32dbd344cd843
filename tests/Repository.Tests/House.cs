namespace Gristmill.Repository.Tests;

/// <summary>The table of rooms of docs/architecture.md: which project may reference which.</summary>
internal static class House
{
    // A room may reference rooms with a smaller number. Projects of one room may reference each other.
    private static readonly Dictionary<string, int> s_levels = new()
    {
        ["Native"] = 0,
        ["Abstractions"] = 0,
        ["SourceGenerators"] = 0,
        ["Orleans.Embedded"] = 0,
        ["TaskEngine"] = 1,
        ["Storage"] = 1,
        ["Grains.Interfaces"] = 1,
        ["Grains"] = 2,
        ["Client"] = 2,
        ["Silo"] = 3,
        ["tests"] = int.MaxValue,
        ["benchmarks"] = int.MaxValue,
        ["examples"] = int.MaxValue,
    };

    // What the numbers would allow and the house does not.
    private static readonly (string From, string To)[] s_walls =
    [
        ("Client", "TaskEngine"), ("Client", "Storage"),
        ("TaskEngine", "Orleans.Embedded"), ("Storage", "Orleans.Embedded"),
    ];

    // Packages change what a room knows: each one is named here first. Tests, benchmarks and examples are free.
    private static readonly Dictionary<string, string[]> s_packages = new()
    {
        ["SourceGenerators"] = ["Microsoft.CodeAnalysis.CSharp", "Microsoft.CodeAnalysis.Analyzers"],
        ["TaskEngine"] = ["Polly.Core", "System.Numerics.Tensors"],
        ["Storage"] = ["SQLitePCLRaw.bundle_e_sqlite3", "Npgsql"],
        ["Client"] = ["Microsoft.AspNetCore.OpenApi", "OpenTelemetry", "OpenTelemetry.Exporter.OpenTelemetryProtocol", "Swashbuckle.AspNetCore.SwaggerUI"],
    };

    public static bool MayUse(string room, string package) =>
        s_levels.GetValueOrDefault(room, -1) == int.MaxValue || (s_packages.TryGetValue(room, out string[]? packages) && packages.Contains(package));

    public static IEnumerable<string> Rooms => s_levels.Keys;

    /// <summary>Null when the reference is allowed, otherwise why it is not. Both are folders of the repository.</summary>
    public static string? Objection(string fromRoom, string toRoom)
    {
        if (!s_levels.TryGetValue(fromRoom, out int from))
            return $"{fromRoom} is no room of the house";
        if (!s_levels.TryGetValue(toRoom, out int to))
            return $"{toRoom} is no room of the house";
        if (fromRoom == toRoom)
            return null;
        // Tests run the examples.
        if (to == int.MaxValue)
            return (fromRoom, toRoom) == ("tests", "examples") ? null : $"{fromRoom} references {toRoom}, and nothing may";
        if (to >= from)
            return $"{fromRoom} (level {from}) references {toRoom} (level {to})";
        return s_walls.Contains((fromRoom, toRoom)) ? $"{fromRoom} must not know {toRoom}" : null;
    }
}
