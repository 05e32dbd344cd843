using System.Text;

namespace Gristmill;

/// <summary>
/// A hash that is the same in every process and for ever: FNV-1a, 64 bits. Against mistakes and for spreading, not against attackers.
/// </summary>
public struct StableHash()
{
    private const ulong Prime = 1_099_511_628_211;

    private ulong _state = 14_695_981_039_346_656_037;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
            _state = (_state ^ b) * Prime;
    }

    public void Add(string text)
    {
        Span<byte> utf8 = stackalloc byte[256];
        Add(Encoding.UTF8.TryGetBytes(text, utf8, out int written) ? utf8[..written] : Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The hash of what was added, mixed so that every bit of it is as good as another.</summary>
    public readonly ulong Value
    {
        get
        {
            // MurmurHash3's finaliser: FNV's low bits follow from the low bits of the text alone.
            ulong hash = (_state ^ (_state >> 33)) * 0xFF51AFD7ED558CCD;
            hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
            return hash ^ (hash >> 33);
        }
    }
}
