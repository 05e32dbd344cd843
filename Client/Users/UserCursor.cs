using System.Buffers.Binary;
using Gristmill.Client.Errors;

namespace Gristmill.Client.Users;

/// <summary>The place in a list of users: the last id of the page.</summary>
internal static class UserCursor
{
    /// <param name="after">The last id of the page.</param>
    /// <param name="text">The text searched for; null for the list.</param>
    public static string Of(long after, string? text)
    {
        Span<byte> place = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(place, after);
        return PageCursor.Of(place, Question(text));
    }

    /// <exception cref="RequestException">400: not a cursor of this list or search.</exception>
    public static long Read(string cursor, string? text)
    {
        Span<byte> place = stackalloc byte[sizeof(long)];
        PageCursor.Read(cursor, Question(text), place);
        return BinaryPrimitives.ReadInt64BigEndian(place);
    }

    private static string Question(string? text) => text is null ? "users" : $"users?{text}";
}
