using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>Names a grain interface: its full name.</summary>
public readonly struct GrainInterfaceType : IEquatable<GrainInterfaceType>
{
    private readonly IdSpan _value;

    public GrainInterfaceType(string value) => _value = IdSpan.Create(value);

    public GrainInterfaceType(IdSpan value) => _value = value;

    public bool IsDefault => _value.IsDefault;

    public IdSpan Value => _value;

    public static GrainInterfaceType Create(string value) => new(value);

    public bool Equals(GrainInterfaceType other) => _value.Equals(other._value);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is GrainInterfaceType other && Equals(other);

    public override int GetHashCode() => _value.GetHashCode();

    public override string ToString() => _value.ToString();

    public static bool operator ==(GrainInterfaceType left, GrainInterfaceType right) => left.Equals(right);

    public static bool operator !=(GrainInterfaceType left, GrainInterfaceType right) => !left.Equals(right);
}
