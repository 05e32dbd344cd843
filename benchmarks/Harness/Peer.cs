using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Gristmill.Benchmarks;

/// <summary>
/// A program in another language that does the same work: it reads one command per line and answers with nanoseconds. Built here from
/// <c>benchmarks/Peers</c>; null when what it needs is not installed.
/// </summary>
public sealed class Peer : IDisposable
{
    private readonly Process _process;

    private Peer(Process process) => _process = process;

    public static Peer? TryStartRayon()
    {
        string folder = Folder("rayon");
        string output = Path.Combine(Path.GetTempPath(), "gristmill-peer-rayon");
        bool built = TryRun("cargo", ["build", "--release", "--offline", "--quiet", "--target-dir", output], folder);
        return built ? TryStart(Path.Combine(output, "release", "rayon-peer")) : Missing("Rayon", "librust-rayon-dev, cargo");
    }

    public static Peer? TryStartTbb()
    {
        string output = Path.Combine(Path.GetTempPath(), "gristmill-peer-tbb");
        bool built = TryRun("g++", ["-O3", "-mavx2", "-mfma", "-std=c++17", "-o", output, "peer.cpp", "-ltbb"], Folder("tbb"));
        return built ? TryStart(output) : Missing("oneTBB", "libtbb-dev, g++");
    }

    /// <summary>Runs one command and returns its nanoseconds.</summary>
    public double Ask(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        string? answer = _process.StandardOutput.ReadLine();
        return double.Parse(answer ?? throw new InvalidOperationException($"The peer died at '{command}'."), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static Peer? Missing(string name, string packages)
    {
        Console.Error.WriteLine($"Peer {name} could not be built; its rows have no baseline. It needs the Debian packages {packages}.");
        return null;
    }

    private static Peer? TryStart(string path) =>
        Process.Start(new ProcessStartInfo(path) { RedirectStandardInput = true, RedirectStandardOutput = true }) is { } process
            ? new Peer(process)
            : null;

    private static bool TryRun(string program, string[] arguments, string folder)
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder });
            process?.WaitForExit();
            return process?.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string Folder(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "Peers", name);
}
