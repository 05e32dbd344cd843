using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>Names a grain class, such as <c>user</c> for <c>UserGrain</c>.</summary>
public readonly struct GrainType : IEquatable<GrainType>, IComparable<GrainType>
{
    private readonly IdSpan _value;

    public GrainType(IdSpan id) => _value = id;

    public bool IsDefault => _value.IsDefault;

    public IdSpan Value => _value;

    public static GrainType Create(string value) => new(IdSpan.Create(value));

    public ReadOnlySpan<byte> AsSpan() => _value.AsSpan();

    public bool Equals(GrainType obj) => _value.Equals(obj._value);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is GrainType other && Equals(other);

    public override int GetHashCode() => _value.GetHashCode();

    public int CompareTo(GrainType other) => _value.CompareTo(other._value);

    public override string ToString() => _value.ToString();

    public static bool operator ==(GrainType left, GrainType right) => left.Equals(right);

    public static bool operator !=(GrainType left, GrainType right) => !left.Equals(right);

    public static bool operator <(GrainType left, GrainType right) => left.CompareTo(right) < 0;

    public static bool operator <=(GrainType left, GrainType right) => left.CompareTo(right) <= 0;

    public static bool operator >(GrainType left, GrainType right) => left.CompareTo(right) > 0;

    public static bool operator >=(GrainType left, GrainType right) => left.CompareTo(right) >= 0;
}
