using System.Diagnostics;
using System.Reflection;

namespace Gristmill.Crash;

/// <summary>Brings the kinds of benchmarks/TestKinds into a silo that knows nothing of them. The metadata TestKindsPath says where they lie.</summary>
internal static class TestKinds
{
    public static void AddTo(ProcessStartInfo start)
    {
        string path = typeof(TestKinds).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "TestKindsPath").Value!;
        start.Environment["DOTNET_STARTUP_HOOKS"] = path;
        start.Environment["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = Path.GetFileNameWithoutExtension(path);
    }
}
