using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Gristmill.Crash;

/// <summary>
/// A disk that can lose its power: <c>power_loss.c</c> logs what a child process writes and syncs, and once the child is dead,
/// <see cref="Strike"/> leaves of the writes that were not synced only some, as a disk without power may.
/// </summary>
internal sealed class PowerLoss : Preloaded
{
    private const ulong WriteRecord = 1;
    private const ulong SyncRecord = 2;

    private string _disk = null!;
    private string _log = null!;

    public static async Task<PowerLoss> BuildAsync(string folder, string disk)
    {
        var powerLoss = new PowerLoss { _disk = disk, _log = Path.Combine(folder, "disk.log") };
        await powerLoss.CompileAsync(folder, "power_loss.c");
        return powerLoss;
    }

    public override void PutUnder(ProcessStartInfo start)
    {
        base.PutUnder(start);
        start.Environment["GRISTMILL_DISK"] = _disk;
        start.Environment["GRISTMILL_DISK_LOG"] = _log;
    }

    /// <summary>Takes back what was not synced, all but a share of it chosen by <paramref name="random"/>, and forgets the log.</summary>
    /// <returns>How many writes were lost.</returns>
    public int Strike(Random random, double keptShare)
    {
        int lost = 0;
        foreach (IGrouping<string, DiskRecord> file in Read().GroupBy(record => record.Path))
        {
            DiskRecord[] unsynced = [.. file.Reverse().TakeWhile(record => record.Kind != SyncRecord).Reverse()];
            if (unsynced.Length == 0 || !File.Exists(file.Key))
                continue;

            using FileStream stream = File.Open(file.Key, FileMode.Open, FileAccess.ReadWrite);
            foreach (DiskRecord record in unsynced.Reverse())
            {
                WriteAt(stream, record.Offset, record.OldBytes);
                stream.SetLength(record.OldSize);
            }

            foreach (DiskRecord record in unsynced)
            {
                if (record.Kind == WriteRecord && random.NextDouble() < keptShare)
                    WriteAt(stream, record.Offset, record.NewBytes);
                else
                    lost++;
            }
        }

        File.Delete(_log);
        return lost;
    }

    private static void WriteAt(FileStream stream, long offset, byte[] bytes)
    {
        stream.Position = offset;
        stream.Write(bytes);
    }

    private IEnumerable<DiskRecord> Read()
    {
        using var reader = new BinaryReader(File.OpenRead(_log));
        var header = new byte[48];
        // The child was killed: its last record can be cut short, and then its write did not happen.
        while (reader.Read(header) == header.Length)
        {
            ulong[] numbers = MemoryMarshal.Cast<byte, ulong>(header).ToArray();
            byte[] path = reader.ReadBytes((int)numbers[1]);
            byte[] oldBytes = reader.ReadBytes((int)numbers[4]);
            byte[] newBytes = reader.ReadBytes((int)numbers[5]);
            if (path.Length < (int)numbers[1] || oldBytes.Length < (int)numbers[4] || newBytes.Length < (int)numbers[5])
                yield break;
            yield return new DiskRecord(numbers[0], Encoding.UTF8.GetString(path), (long)numbers[2], (long)numbers[3], oldBytes, newBytes);
        }
    }

    private sealed record DiskRecord(ulong Kind, string Path, long Offset, long OldSize, byte[] OldBytes, byte[] NewBytes);
}
