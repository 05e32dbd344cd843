using System.Diagnostics;

namespace Gristmill.Storage.Tests.Disk;

/// <summary>A library that is compiled here and preloaded into a child process, to stand between it and its disk.</summary>
internal abstract class PreloadedDisk
{
    private string _library = null!;

    public virtual void PutUnder(ProcessStartInfo start) => start.Environment["LD_PRELOAD"] = _library;

    /// <summary>Skips the test, with the reason, where there is no way to preload.</summary>
    protected async Task CompileAsync(TempFolder folder, string source)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Preloading is Linux's.");
        string? compiler = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, "cc")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(compiler is null, "There is no C compiler (cc) on the PATH.");

        _library = folder[Path.ChangeExtension(source, ".so")];
        using Process compile = Process.Start(
            compiler,
            ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", _library, Path.Combine(AppContext.BaseDirectory, "Disk", source), "-ldl"]);
        await compile.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, compile.ExitCode);
    }
}

/// <summary>A disk that fails on demand: <c>faulty_disk.c</c>.</summary>
internal sealed class FaultyDisk : PreloadedDisk
{
    private string _faults = null!;

    public static async Task<FaultyDisk> BuildAsync(TempFolder folder)
    {
        var disk = new FaultyDisk { _faults = Directory.CreateDirectory(folder["faults"]).FullName };
        await disk.CompileAsync(folder, "faulty_disk.c");
        return disk;
    }

    public override void PutUnder(ProcessStartInfo start)
    {
        base.PutUnder(start);
        start.Environment["GRISTMILL_FAULTS"] = _faults;
    }

    public void Fail(string fault) => File.WriteAllText(Path.Combine(_faults, fault), "");

    public void Heal(string fault) => File.Delete(Path.Combine(_faults, fault));
}
