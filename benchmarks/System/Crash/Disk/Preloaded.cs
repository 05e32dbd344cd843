using System.Diagnostics;

namespace Gristmill.Crash;

/// <summary>A library that is compiled on the spot and preloaded into a process, to stand between it and the system.</summary>
internal abstract class Preloaded
{
    private string _library = null!;

    /// <summary>Why nothing can be preloaded here; null when it can.</summary>
    public static string? Obstacle =>
        !OperatingSystem.IsLinux() ? "Preloading is Linux's." : Compiler is null ? "There is no C compiler (cc) on the PATH." : null;

    private static string? Compiler => Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, "cc")).FirstOrDefault(File.Exists);

    /// <summary>Has the process load it. What is put under it before stands in front: it hears the process first.</summary>
    public virtual void PutUnder(ProcessStartInfo start) =>
        start.Environment["LD_PRELOAD"] = start.Environment.TryGetValue("LD_PRELOAD", out string? before) ? $"{before}:{_library}" : _library;

    /// <summary>Compiles a source that lies beside this program into <paramref name="folder"/>.</summary>
    protected async Task CompileAsync(string folder, string source)
    {
        string compiler = Compiler ?? throw new InvalidOperationException(Obstacle);
        _library = Path.Combine(folder, Path.ChangeExtension(source, ".so"));
        using Process compile = Process.Start(
            compiler,
            ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", _library, Path.Combine(AppContext.BaseDirectory, "Disk", source), "-ldl"]);
        await compile.WaitForExitAsync();
        if (compile.ExitCode != 0)
            throw new InvalidOperationException($"{source} did not compile: {compiler} ended with {compile.ExitCode}.");
    }
}
