using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Gristmill;

/// <summary>
/// Names one task, for ever, and carries the partition that owns it. 128 bits: 48 bits of Unix milliseconds, 16 bits of
/// partition, 64 random bits, so ids sort by creation time. The text form is 26 characters of Crockford's base 32,
/// which sorts the same way (the ULID layout with a partition in place of its first random bits).
/// </summary>
public readonly struct TaskId : IEquatable<TaskId>, IComparable<TaskId>, ISpanParsable<TaskId>, ISpanFormattable
{
    private const int TextLength = 26;
    private const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private readonly UInt128 _value;

    public TaskId(UInt128 value) => _value = value;

    /// <summary>The 128 bits, most significant first when ids are compared.</summary>
    public UInt128 Value => _value;

    /// <summary>The partition whose grain owns the task.</summary>
    public int Partition => (int)(ushort)(_value >> 64);

    /// <summary>When the id was made, to the millisecond, on the maker's clock.</summary>
    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds((long)(ulong)(_value >> 80));

    /// <summary>Makes a new id. Safe from any thread.</summary>
    /// <param name="partition">0 to 65,535.</param>
    /// <param name="time">The clock that dates the id.</param>
    /// <exception cref="ArgumentOutOfRangeException">The partition does not fit in 16 bits.</exception>
    public static TaskId New(int partition, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partition, ushort.MaxValue);

        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        ulong upper = ((ulong)time.GetUtcNow().ToUnixTimeMilliseconds() << 16) | (uint)partition;
        return new TaskId(new UInt128(upper, BinaryPrimitives.ReadUInt64LittleEndian(random)));
    }

    public static TaskId Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    /// <exception cref="FormatException">The text is not 26 base-32 digits of a 128-bit number.</exception>
    public static TaskId Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out TaskId id) ? id : throw new FormatException($"'{s}' is not a task id.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out TaskId result) =>
        TryParse(s.AsSpan(), provider, out result);

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out TaskId result)
    {
        result = default;
        // 26 digits hold 130 bits: a first digit above 7 would overflow.
        if (s.Length != TextLength || s[0] > '7')
            return false;

        UInt128 value = 0;
        foreach (char c in s)
        {
            int digit = Digits.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            if (digit < 0)
                return false;
            value = (value << 5) | (uint)digit;
        }

        result = new TaskId(value);
        return true;
    }

    public override string ToString() => string.Create(TextLength, this, static (span, id) => id.Write(span));

    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format = default, IFormatProvider? provider = null)
    {
        charsWritten = 0;
        if (destination.Length < TextLength)
            return false;
        Write(destination);
        charsWritten = TextLength;
        return true;
    }

    public bool Equals(TaskId other) => _value == other._value;

    public override bool Equals(object? obj) => obj is TaskId other && Equals(other);

    public override int GetHashCode() => _value.GetHashCode();

    public int CompareTo(TaskId other) => _value.CompareTo(other._value);

    public static bool operator ==(TaskId left, TaskId right) => left.Equals(right);

    public static bool operator !=(TaskId left, TaskId right) => !left.Equals(right);

    public static bool operator <(TaskId left, TaskId right) => left._value < right._value;

    public static bool operator >(TaskId left, TaskId right) => left._value > right._value;

    public static bool operator <=(TaskId left, TaskId right) => left._value <= right._value;

    public static bool operator >=(TaskId left, TaskId right) => left._value >= right._value;

    private void Write(Span<char> destination)
    {
        UInt128 rest = _value;
        for (int i = TextLength - 1; i >= 0; i--)
        {
            destination[i] = Digits[(int)(uint)(rest & 31)];
            rest >>= 5;
        }
    }
}
