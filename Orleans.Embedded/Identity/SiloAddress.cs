using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Orleans.Runtime;

/// <summary>
/// Names one run of a silo: its endpoint and a generation that grows with every start. The parsable form is
/// <c>address:port@generation</c>.
/// </summary>
public sealed class SiloAddress : IEquatable<SiloAddress>, IComparable<SiloAddress>
{
    private static readonly Lock s_generationGate = new();
    private static readonly DateTimeOffset s_epoch = new(2022, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static long s_lastGeneration;

    private SiloAddress(IPEndPoint endpoint, int generation)
    {
        Endpoint = endpoint;
        Generation = generation;
    }

    public IPEndPoint Endpoint { get; }

    public int Generation { get; }

    public static SiloAddress Zero { get; } = New(new IPEndPoint(IPAddress.Any, 0), 0);

    public static SiloAddress New(IPEndPoint ep, int gen)
    {
        ArgumentNullException.ThrowIfNull(ep);
        return new SiloAddress(ep, gen);
    }

    public static SiloAddress New(IPAddress address, int port, int generation) => new(new IPEndPoint(address, port), generation);

    /// <summary>Seconds since 2022, and always more than the last number given by this process.</summary>
    public static int AllocateNewGeneration()
    {
        long seconds = (TimeProvider.System.GetUtcNow() - s_epoch).Ticks / TimeSpan.TicksPerSecond;
        lock (s_generationGate)
        {
            s_lastGeneration = Math.Max(seconds, s_lastGeneration + 1);
            return unchecked((int)s_lastGeneration);
        }
    }

    public string ToParsableString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Endpoint.Address}:{Endpoint.Port}@{Generation}");

    /// <exception cref="FormatException">The text is not of the form <c>address:port@generation</c>.</exception>
    public static SiloAddress FromParsableString(string addr) => Parse(addr);

    /// <exception cref="FormatException">The text is not of the form <c>address:port@generation</c>.</exception>
    public static SiloAddress Parse(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return TryParse(value, out SiloAddress? result) ? result : throw new FormatException($"\"{value}\" is no silo address.");
    }

    public static bool TryParse([NotNullWhen(true)] string? value, [NotNullWhen(true)] out SiloAddress? result)
    {
        result = null;
        ReadOnlySpan<char> text = value;
        int at = text.LastIndexOf('@');
        int colon = at < 0 ? -1 : text[..at].LastIndexOf(':');
        if (colon < 0
            || !IPAddress.TryParse(text[..colon], out IPAddress? address)
            || !ushort.TryParse(text[(colon + 1)..at], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            || !int.TryParse(text[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int generation))
        {
            return false;
        }

        result = New(address, port, generation);
        return true;
    }

    public bool Equals(SiloAddress? other) =>
        other is not null && Generation == other.Generation && Endpoint.Equals(other.Endpoint);

    public override bool Equals(object? obj) => Equals(obj as SiloAddress);

    public override int GetHashCode() => Endpoint.GetHashCode() ^ Generation;

    public int CompareTo(SiloAddress? other) =>
        other is null ? 1 : string.CompareOrdinal(ToParsableString(), other.ToParsableString());

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"S{Endpoint}:{Generation}");

    public static bool operator ==(SiloAddress? left, SiloAddress? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(SiloAddress? left, SiloAddress? right) => !(left == right);

    public static bool operator <(SiloAddress left, SiloAddress right) => left.CompareTo(right) < 0;

    public static bool operator <=(SiloAddress left, SiloAddress right) => left.CompareTo(right) <= 0;

    public static bool operator >(SiloAddress left, SiloAddress right) => left.CompareTo(right) > 0;

    public static bool operator >=(SiloAddress left, SiloAddress right) => left.CompareTo(right) >= 0;
}
