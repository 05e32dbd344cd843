using System.ComponentModel;
using System.Diagnostics;

namespace Gristmill.Engine.Tests.Models;

/// <summary>Lets the model checker <c>spin</c> go through every state of the parking protocol, and of its mutations.</summary>
public sealed class SpinModelTests
{
    [Theory]
    [InlineData]
    [InlineData("-DLONG")]
    [InlineData("-DOUTSIDE")]
    public void Parking_AllStates_NoWakeUpIsLost(params string[] defines) => Assert.Contains("errors: 0", Check(defines), StringComparison.Ordinal);

    [Theory]
    [InlineData("-DNO_BARRIER")]
    [InlineData("-DNO_RECHECK")]
    [InlineData("-DLONG", "-DNO_FENCE")]
    [InlineData("-DOUTSIDE", "-DNO_RECHECK")]
    [InlineData("-DOUTSIDE", "-DREAD_FIRST")]
    public void Parking_Mutated_AWakeUpIsLost(params string[] defines) => Assert.Contains("errors: 1", Check(defines), StringComparison.Ordinal);

    private static string Check(string[] defines)
    {
        string folder = Directory.CreateTempSubdirectory("gristmill-spin-").FullName;
        try
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Models", "parking.pml"), Path.Combine(folder, "parking.pml"));
            Run(folder, "spin", [.. defines, "-a", "parking.pml"]);
            Run(folder, "gcc", ["-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c"]);
            return Run(folder, Path.Combine(folder, "pan"), ["-m1000000"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Run(string folder, string program, string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return output + errors.GetAwaiter().GetResult();
        }
        catch (Win32Exception)
        {
            Assert.Skip($"'{program}' is not installed (Debian packages spin and gcc).");
            throw;
        }
    }
}
