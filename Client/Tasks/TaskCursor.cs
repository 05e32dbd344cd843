using System.Buffers.Binary;
using Gristmill.Client.Errors;

namespace Gristmill.Client.Tasks;

/// <summary>The place in a list of tasks, newest first: behind a task, or at the beginning.</summary>
internal readonly record struct TaskCursor(TaskId? Before)
{
    private const int IdBytes = 16;

    /// <summary>As text, for one question.</summary>
    public string ToText(string question)
    {
        Span<byte> place = stackalloc byte[IdBytes];
        BinaryPrimitives.WriteUInt128BigEndian(place, Before?.Value ?? 0);
        return PageCursor.Of(place, question);
    }

    /// <summary>The beginning, when there is no text.</summary>
    /// <exception cref="RequestException">400: not a cursor of this question.</exception>
    public static TaskCursor Parse(string? text, string question)
    {
        if (text is null)
            return default;
        Span<byte> place = stackalloc byte[IdBytes];
        PageCursor.Read(text, question, place);
        UInt128 id = BinaryPrimitives.ReadUInt128BigEndian(place);
        return new TaskCursor(id == 0 ? null : new TaskId(id));
    }
}
