using System.Buffers;
using System.ComponentModel;
using System.Text.Json;

namespace Gristmill;

/// <summary>An argument of a task in a workflow: a value, or the output of another task. Both convert to it by themselves.</summary>
public readonly struct Input<T>
{
    private readonly T _value;
    private readonly object? _source;

    internal Input(T value, object? source)
    {
        _value = value;
        _source = source;
    }

#pragma warning disable CA2225 // Input.Of and Output<T> itself are the named ways.
    public static implicit operator Input<T>(T value) => new(value, null);

    public static implicit operator Input<T>(Output<T> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return new Input<T>(default!, output);
    }
#pragma warning restore CA2225

    /// <summary>The outputs that it needs.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public IEnumerable<Output> References => _source switch
    {
        Output output => [output],
        IInputElements elements => elements.References,
        _ => [],
    };

    /// <summary>The value, once those outputs are there.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public T Resolve(WorkflowValues values) => _source switch
    {
        Output output => (T)output.Read(values)!,
        IInputElements elements => (T)elements.Resolve(values),
        _ => _value,
    };

    [EditorBrowsable(EditorBrowsableState.Never)]
    public void WriteTo(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths, Action<Utf8JsonWriter, T> writeValue)
    {
        ArgumentNullException.ThrowIfNull(writeValue);
        if (_source is Output output)
        {
            output.WriteReference(json, paths);
            return;
        }

        var value = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(value))
            writeValue(writer, _value);
        WorkflowTemplate.WriteLiteral(json, value.WrittenSpan);
    }

    internal Input<TElement>[]? ElementsOf<TElement>() => (_source as InputElements<TElement>)?.Items;
}

/// <summary>Makes inputs that no conversion makes.</summary>
public static class Input
{
    /// <summary>A value. For interface types, from which C# allows no conversion of its own.</summary>
    public static Input<T> Of<T>(T value) => value;

    /// <summary>An array some of whose elements are outputs.</summary>
    public static Input<T[]> Array<T>(params ReadOnlySpan<Input<T>> elements) => new(null!, new InputElements<T>(elements.ToArray()));

    [EditorBrowsable(EditorBrowsableState.Never)]
    public static void WriteArray<T>(
        Input<T[]> input, Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths, Action<Utf8JsonWriter, T> writeElement)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (input.ElementsOf<T>() is not { } elements)
        {
            input.WriteTo(json, paths, (writer, values) =>
            {
                writer.WriteStartArray();
                foreach (T value in values)
                    writeElement(writer, value);
                writer.WriteEndArray();
            });
            return;
        }

        json.WriteStartArray();
        foreach (Input<T> element in elements)
            element.WriteTo(json, paths, writeElement);
        json.WriteEndArray();
    }
}

internal interface IInputElements
{
    IEnumerable<Output> References { get; }

    object Resolve(WorkflowValues values);
}

internal sealed class InputElements<T>(Input<T>[] items) : IInputElements
{
    public Input<T>[] Items => items;

    public IEnumerable<Output> References => items.SelectMany(static item => item.References);

    public object Resolve(WorkflowValues values) => System.Array.ConvertAll(items, item => item.Resolve(values));
}
