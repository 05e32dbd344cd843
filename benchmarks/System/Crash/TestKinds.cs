using System.Diagnostics;
using System.Reflection;

namespace Gristmill.Crash;

/// <summary>Brings the kinds of benchmarks/TestKinds into a silo, as a plugin. The metadata TestKindsPath says where they lie.</summary>
internal static class TestKinds
{
    public static void AddTo(ProcessStartInfo start)
    {
        string path = typeof(TestKinds).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "TestKindsPath").Value!;
        start.ArgumentList.Add($"--Plugins:Directory={Path.GetDirectoryName(path)}");
    }
}
