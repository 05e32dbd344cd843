using System.Buffers;
using System.ComponentModel;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gristmill.CodeGeneration;

/// <summary>The JSON writers under generated code: one kept per thread, so that writing a result allocates nothing.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class TaskJsonWriter
{
    // As deep as the reader goes. The text is a JSON document, never part of a page: escaping for HTML would only make it longer.
    private static readonly JsonWriterOptions s_options = new()
    {
        MaxDepth = JsonPath.MaxDepth,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [ThreadStatic]
    private static Utf8JsonWriter? t_idle;

    /// <summary>A writer onto the buffer. Ends with <see cref="Finish"/>; one that an exception cut off is left to the collector.</summary>
    public static Utf8JsonWriter Start(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Utf8JsonWriter? writer = t_idle;
        if (writer is null)
            return new Utf8JsonWriter(output, s_options);
        t_idle = null;
        writer.Reset(output);
        return writer;
    }

    public static void Finish(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Flush();
        // Lets go of the caller's buffer.
        writer.Reset(NoOutput.Instance);
        t_idle = writer;
    }

    /// <exception cref="OverflowException">The number is NaN or infinite, which JSON cannot hold.</exception>
    public static void Number(Utf8JsonWriter writer, double value)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (!double.IsFinite(value))
            ThrowNotFinite(value);
        writer.WriteNumberValue(value);
    }

    /// <inheritdoc cref="Number(Utf8JsonWriter, double)"/>
    public static void Number(Utf8JsonWriter writer, float value)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (!float.IsFinite(value))
            ThrowNotFinite(value);
        writer.WriteNumberValue(value);
    }

    /// <summary>Seconds, exact to the tick.</summary>
    public static void Duration(Utf8JsonWriter writer, TimeSpan value)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteNumberValue((decimal)value.Ticks / TimeSpan.TicksPerSecond);
    }

    private static void ThrowNotFinite(double value) =>
        throw new OverflowException($"The number is {value}, which JSON cannot hold.");

    private sealed class NoOutput : IBufferWriter<byte>
    {
        public static readonly NoOutput Instance = new();

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => throw new InvalidOperationException("The writer is idle.");

        public Span<byte> GetSpan(int sizeHint = 0) => throw new InvalidOperationException("The writer is idle.");
    }
}
