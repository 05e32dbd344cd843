using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>Names one activation of a grain; a grain that is activated again gets another.</summary>
public readonly struct ActivationId : IEquatable<ActivationId>
{
    private readonly Guid _value;

    public ActivationId(Guid key) => _value = key;

    public bool IsDefault => _value == Guid.Empty;

    public static ActivationId NewId() => new(Guid.NewGuid());

    public bool Equals(ActivationId other) => _value == other._value;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is ActivationId other && Equals(other);

    public override int GetHashCode() => _value.GetHashCode();

    public override string ToString() => $"@{_value:N}";

    public static bool operator ==(ActivationId left, ActivationId right) => left.Equals(right);

    public static bool operator !=(ActivationId left, ActivationId right) => !left.Equals(right);
}
