namespace Gristmill;

/// <summary>How the bytes of a payload are to be read. The numbers are stored and sent: they never change.</summary>
public enum PayloadFormat
{
    /// <summary>UTF-8 JSON text.</summary>
    Json = 0,

    /// <summary>
    /// Arrays of numbers as raw little-endian elements (<c>application/octet-stream</c>): the output of a kind that gives one, or an input as
    /// <see cref="BinaryPayload"/> lays it out.
    /// </summary>
    Binary = 1,
}

/// <summary>
/// Input bytes of a task and how to read them. Does not own the memory: whoever made it keeps the memory alive until the handler has
/// returned.
/// </summary>
/// <param name="Bytes">The input.</param>
/// <param name="Format">How to read <paramref name="Bytes"/>.</param>
/// <param name="OutputFormat">How the output is to be written; binary is for kinds with a <see cref="TaskKind.BinaryOutput"/>.</param>
public readonly record struct TaskPayload(
    ReadOnlyMemory<byte> Bytes, PayloadFormat Format = PayloadFormat.Json, PayloadFormat OutputFormat = PayloadFormat.Json);
