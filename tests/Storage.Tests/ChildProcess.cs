using System.Diagnostics;

namespace Gristmill.Storage.Tests;

/// <summary>Starts the program of <c>tests/Storage.Child</c>, which lies beside the tests.</summary>
internal static class ChildProcess
{
    public static Process Start(string dataDirectory, string writers)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "Gristmill.Storage.Child.dll"), dataDirectory, writers },
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }
}
