namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>The number types that have a binary form.</summary>
internal static class ElementTypes
{
    private static readonly Dictionary<string, (string Name, int Bytes)> s_all = new(StringComparer.Ordinal)
    {
        ["sbyte"] = ("int8", 1),
        ["byte"] = ("uint8", 1),
        ["short"] = ("int16", 2),
        ["ushort"] = ("uint16", 2),
        ["int"] = ("int32", 4),
        ["uint"] = ("uint32", 4),
        ["long"] = ("int64", 8),
        ["ulong"] = ("uint64", 8),
        ["float"] = ("float32", 4),
        ["double"] = ("float64", 8),
    };

    /// <summary>Name and size of a C# type; null for one that has no binary form.</summary>
    public static (string Name, int Bytes)? Find(string type) => s_all.TryGetValue(type, out (string Name, int Bytes) found) ? found : null;

    /// <summary>The C# type of the elements where the result can be written as raw elements; otherwise null.</summary>
    public static string? OfResult(ResultModel result, EquatableArray<Shape> shapes)
    {
        if (result.Shape < 0 || shapes[result.Shape] is not SequenceShape { Form: SequenceForm.Array or SequenceForm.Memory or SequenceForm.ImmutableArray } sequence)
            return null;
        return shapes[sequence.Element] is NumberShape { Type: var type } && Find(type) is not null ? type : null;
    }

    /// <summary>The result as a span.</summary>
    public static string SpanOf(ResultModel result, EquatableArray<Shape> shapes) => ((SequenceShape)shapes[result.Shape]).Form switch
    {
        SequenceForm.Memory => "result.Span",
        SequenceForm.ImmutableArray => "result.AsSpan()",
        _ => "result",
    };
}
