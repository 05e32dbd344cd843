using System.Diagnostics;

namespace Gristmill.Crash;

/// <summary>A disk that fails on demand: <c>faulty_disk.c</c>. The faults are "sync", "sync-main", "write" (no room) and "write-error".</summary>
internal sealed class FaultyDisk : Preloaded
{
    private string _faults = null!;

    public static async Task<FaultyDisk> BuildAsync(string folder)
    {
        var disk = new FaultyDisk { _faults = Directory.CreateDirectory(Path.Combine(folder, "faults")).FullName };
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
