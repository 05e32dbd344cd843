using System.Diagnostics;

namespace Gristmill.Storage.Tests.Disk;

/// <summary>A disk under a child process that fails on demand: <c>faulty_disk.c</c>, compiled here and preloaded there.</summary>
internal sealed class FaultyDisk
{
    private readonly string _library;
    private readonly string _faults;

    private FaultyDisk(string library, string faults)
    {
        _library = library;
        _faults = faults;
    }

    /// <summary>Skips the test, with the reason, where there is no way to preload.</summary>
    public static async Task<FaultyDisk> BuildAsync(TempFolder folder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Preloading is Linux's.");
        string? compiler = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, "cc")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(compiler is null, "There is no C compiler (cc) on the PATH.");

        string library = folder["faulty_disk.so"];
        using Process compile = Process.Start(
            compiler, ["-shared", "-fPIC", "-O1", "-o", library, Path.Combine(AppContext.BaseDirectory, "Disk", "faulty_disk.c"), "-ldl"]);
        await compile.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, compile.ExitCode);
        return new FaultyDisk(library, Directory.CreateDirectory(folder["faults"]).FullName);
    }

    public void PutUnder(ProcessStartInfo start)
    {
        start.Environment["LD_PRELOAD"] = _library;
        start.Environment["GRISTMILL_FAULTS"] = _faults;
    }

    public void Fail(string fault) => File.WriteAllText(Path.Combine(_faults, fault), "");

    public void Heal(string fault) => File.Delete(Path.Combine(_faults, fault));
}
