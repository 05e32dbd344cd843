using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Gristmill.Crash;

/// <summary>
/// Brings what is in benchmarks/TestKinds into a silo: its kinds as a plugin, and where wanted its faulty store, by a hook of the runtime's. The metadata
/// TestKindsPath says where it lies.
/// </summary>
internal static class TestKinds
{
    private static string Assembly { get; } =
        typeof(TestKinds).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "TestKindsPath").Value!;

    public static void AddTo(ProcessStartInfo start) => start.ArgumentList.Add($"--Plugins:Directory={Path.GetDirectoryName(Assembly)}");

    /// <summary>Has a share of the calls of the silo's task store meet a fault.</summary>
    public static void AddFaultyStore(ProcessStartInfo start, int seed, double rate)
    {
        start.Environment["DOTNET_STARTUP_HOOKS"] = Assembly;
        start.Environment["GRISTMILL_STORE_FAULTS"] = string.Create(CultureInfo.InvariantCulture, $"{seed} {rate}");
    }

    /// <summary>Whether a line of the silo's says how many faults its store met.</summary>
    public static bool IsCountOfFaults(string line) => line.StartsWith("store faults: ", StringComparison.Ordinal);
}
