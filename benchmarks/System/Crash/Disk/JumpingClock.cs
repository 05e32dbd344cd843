using System.Buffers.Binary;
using System.Diagnostics;

namespace Gristmill.Crash;

/// <summary>A wall clock that jumps on demand: <c>clock_jump.c</c>.</summary>
internal sealed class JumpingClock : Preloaded
{
    private string _offset = null!;

    public static async Task<JumpingClock> BuildAsync(string folder)
    {
        var clock = new JumpingClock { _offset = Path.Combine(folder, "clock") };
        clock.Jump(TimeSpan.Zero);
        await clock.CompileAsync(folder, "clock_jump.c");
        return clock;
    }

    public override void PutUnder(ProcessStartInfo start)
    {
        base.PutUnder(start);
        start.Environment["GRISTMILL_CLOCK"] = _offset;
    }

    /// <summary>Sets the clock to the machine's and this much more, for processes that run too.</summary>
    public void Jump(TimeSpan ahead)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, (long)ahead.TotalSeconds);
        // In place: the file is mapped.
        using FileStream file = File.Open(_offset, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(bytes);
    }
}
