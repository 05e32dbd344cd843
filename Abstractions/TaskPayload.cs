namespace Gristmill;

/// <summary>How the bytes of a payload are to be read. The numbers are stored and sent: they never change.</summary>
public enum PayloadFormat
{
    /// <summary>UTF-8 JSON text.</summary>
    Json = 0,

    /// <summary>Raw little-endian elements (<c>application/octet-stream</c>), for kinds that take one numeric array.</summary>
    Binary = 1,
}

/// <summary>
/// Input bytes of a task and how to read them. Does not own the memory: whoever made it keeps the memory alive until the handler has
/// returned.
/// </summary>
public readonly record struct TaskPayload(ReadOnlyMemory<byte> Bytes, PayloadFormat Format = PayloadFormat.Json);
