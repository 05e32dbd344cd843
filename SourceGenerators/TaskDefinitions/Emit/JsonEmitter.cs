using Microsoft.CodeAnalysis.CSharp;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// Writes the code that reads and writes values of the shapes of one definition. Scalars are expressions in place; enums, records and
/// sequences are methods of a nested class <c>TaskJson</c>, written only when something calls them.
/// </summary>
internal sealed class JsonEmitter(EquatableArray<Shape> shapes)
{
    public const string ClassName = "TaskJson";
    public const string Reader = "global::Gristmill.CodeGeneration.TaskInputReader";
    public const string Utf8Writer = "global::System.Text.Json.Utf8JsonWriter";
    private const string Helpers = "global::Gristmill.CodeGeneration.TaskJsonWriter";

    private readonly List<int> _readers = [];
    private readonly List<int> _writers = [];

    /// <summary>The dictionary that stands in for every kind but the immutable one.</summary>
    public static string DictionaryType(string element) => $"global::System.Collections.Generic.Dictionary<string, {element}>";

    public static string Utf8(string text) => SymbolDisplay.FormatLiteral(text, quote: true) + "u8";

    /// <summary>An expression that reads the value on which a reader called <c>json</c> stands.</summary>
    public string Read(int index)
    {
        switch (shapes[index])
        {
            case NumberShape number:
                return $"json.ReadNumber<{number.Type}>()";
            case ScalarShape scalar:
                return scalar.Kind switch
                {
                    ScalarKind.Boolean => "json.ReadBoolean()",
                    ScalarKind.Guid => "json.ReadGuid()",
                    ScalarKind.Time => "json.ReadDateTimeOffset()",
                    ScalarKind.Duration => "json.ReadDuration()",
                    ScalarKind.Bytes => "json.ReadBytes()",
                    _ => "json.ReadString()",
                };
            case NullableShape nullable:
                return $"json.IsNull ? default({nullable.Type}) : {Read(nullable.Element)}";
            case var shape:
                Need(_readers, index);
                return $"{ClassName}.Read{shape.Id}(ref json)";
        }
    }

    /// <summary>A statement that writes the value with a writer called <c>json</c>.</summary>
    public string Write(int index, string value)
    {
        switch (shapes[index])
        {
            case NumberShape { Type: "double" or "float" }:
                return $"{Helpers}.Number(json, {value});";
            case NumberShape:
                return $"json.WriteNumberValue({value});";
            case ScalarShape scalar:
                return scalar.Kind switch
                {
                    ScalarKind.Boolean => $"json.WriteBooleanValue({value});",
                    ScalarKind.Duration => $"{Helpers}.Duration(json, {value});",
                    ScalarKind.Bytes => $"json.WriteBase64StringValue({value}{(scalar.Type == "byte[]" ? "" : ".Span")});",
                    _ => $"json.WriteStringValue({value});",
                };
            case var shape:
                Need(_writers, index);
                return $"{ClassName}.Write{shape.Id}(json, {value});";
        }
    }

    /// <summary>The methods that have been asked for, and those that they ask for in turn.</summary>
    public void WriteMethods(SourceWriter code)
    {
        if (_readers.Count == 0 && _writers.Count == 0)
            return;
        code.Line();
        using (code.Block($"private static class {ClassName}"))
        {
            for (int i = 0; i < _readers.Count; i++)
            {
                if (i > 0)
                    code.Line();
                WriteReader(code, shapes[_readers[i]]);
            }

            for (int i = 0; i < _writers.Count; i++)
            {
                if (i + _readers.Count > 0)
                    code.Line();
                WriteWriter(code, shapes[_writers[i]]);
            }
        }
    }

    /// <summary>
    /// The loop over an object's properties. Values end up in locals named after <see cref="ValueOf"/>; a reader called <c>json</c> is left
    /// on the end of the object.
    /// </summary>
    public static void WritePropertyLoop(SourceWriter code, IReadOnlyList<(PropertyModel Property, string Type, string Read)> properties)
    {
        foreach ((PropertyModel property, string type, _) in properties)
        {
            code.Line($"{type} {ValueOf(property)} = {property.Default?.Code ?? "default!"};");
            code.Line($"bool {GivenOf(property)} = false;");
        }

        code.Line("json.BeginObject();");
        using (code.Block("while (json.NextProperty())"))
        {
            string branch = "if";
            foreach ((PropertyModel property, _, string read) in properties)
            {
                using (code.Block($"{branch} (json.NameIs({Utf8(property.JsonName)}))"))
                {
                    code.Line($"json.Accept(ref {GivenOf(property)});");
                    code.Line($"{ValueOf(property)} = {read};");
                }

                branch = "else if";
            }

            string known = SymbolDisplay.FormatLiteral(string.Join(", ", properties.Select(static p => p.Property.JsonName)), quote: true);
            if (properties.Count == 0)
            {
                code.Line($"json.UnknownProperty({known});");
            }
            else
            {
                using (code.Block("else"))
                    code.Line($"json.UnknownProperty({known});");
            }
        }

        code.Line();
        foreach ((PropertyModel property, _, _) in properties)
        {
            if (property.Default is null && property.Role != PropertyRole.Optional)
                code.Line($"json.Require({GivenOf(property)}, {SymbolDisplay.FormatLiteral(property.JsonName, quote: true)});");
        }
    }

    /// <summary>The local that holds a property's value. The two endings keep apart what a user's names could bring together.</summary>
    public static string ValueOf(PropertyModel property) => property.Name.TrimStart('@') + "Value";

    public static string GivenOf(PropertyModel property) => property.Name.TrimStart('@') + "Given";

    private static void Need(List<int> methods, int index)
    {
        if (!methods.Contains(index))
            methods.Add(index);
    }

    private void WriteReader(SourceWriter code, Shape shape)
    {
        string type = shape switch
        {
            SequenceShape { Form: SequenceForm.View } view => shapes[view.Element].Type + "[]",
            DictionaryShape { IsImmutable: false } dictionary => DictionaryType(shapes[dictionary.Element].Type),
            _ => shape.Type,
        };
        using (code.Block($"public static {type} Read{shape.Id}(ref {Reader} json)"))
        {
            switch (shape)
            {
                case EnumShape named:
                    WriteEnumReader(code, named);
                    break;
                case SequenceShape sequence:
                    string element = shapes[sequence.Element].Type;
                    code.Line($"var items = new global::System.Collections.Generic.List<{element}>();");
                    code.Line("json.BeginArray();");
                    code.Line("while (json.NextItem())");
                    using (code.Indent())
                        code.Line($"items.Add({Read(sequence.Element)});");
                    code.Line(sequence.Form switch
                    {
                        SequenceForm.List => "return items;",
                        SequenceForm.ImmutableArray => "return global::System.Collections.Immutable.ImmutableArray.CreateRange(items);",
                        _ => "return items.ToArray();",
                    });
                    break;
                case DictionaryShape dictionary:
                    WriteDictionaryReader(code, dictionary);
                    break;
                case RecordShape record:
                    WriteRecordReader(code, record);
                    break;
            }
        }
    }

    private void WriteDictionaryReader(SourceWriter code, DictionaryShape dictionary)
    {
        code.Line($"var items = new {DictionaryType(shapes[dictionary.Element].Type)}(global::System.StringComparer.Ordinal);");
        code.Line("json.BeginObject();");
        using (code.Block("while (json.NextProperty())"))
        {
            code.Line("string name = json.TakeName();");
            code.Line($"if (!items.TryAdd(name, {Read(dictionary.Element)}))");
            using (code.Indent())
                code.Line("json.Fail(\"is given twice\");");
        }

        code.Line();
        code.Line(dictionary.IsImmutable
            ? "return global::System.Collections.Immutable.ImmutableDictionary.ToImmutableDictionary(items);"
            : "return items;");
    }

    private static void WriteEnumReader(SourceWriter code, EnumShape named)
    {
        string names = string.Join(", ", named.Members.Select(static m => m.JsonName));
        code.Line("string name = json.ReadString();");
        using (code.Block("switch (name)"))
        {
            foreach (EnumMember member in named.Members)
            {
                code.Line($"case {SymbolDisplay.FormatLiteral(member.JsonName, quote: true)}:");
                using (code.Indent())
                    code.Line($"return {named.Type}.{member.Name};");
            }

            code.Line("default:");
            using (code.Indent())
            {
                code.Line($"json.Fail({SymbolDisplay.FormatLiteral("must be one of: " + names, quote: true)});");
                code.Line("return default;");
            }
        }
    }

    private void WriteRecordReader(SourceWriter code, RecordShape record)
    {
        WritePropertyLoop(code, [.. record.Properties.Select(p => (p, shapes[p.Shape].Type, Read(p.Shape)))]);
        string arguments = string.Join(", ", record.Properties.Where(static p => p.Role == PropertyRole.Constructor).Select(ValueOf));
        PropertyModel[] required = [.. record.Properties.Where(static p => p.Role == PropertyRole.Required)];
        string initializer = required.Length == 0
            ? ""
            : " { " + string.Join(", ", required.Select(static p => $"{p.Name} = {ValueOf(p)}")) + " }";
        PropertyModel[] optional = [.. record.Properties.Where(static p => p.Role == PropertyRole.Optional)];
        if (optional.Length == 0)
        {
            code.Line($"return new {record.Type}({arguments}){initializer};");
            return;
        }

        code.Line($"var made = new {record.Type}({arguments}){initializer};");
        foreach (PropertyModel property in optional)
        {
            code.Line($"if ({GivenOf(property)})");
            using (code.Indent())
                code.Line($"made = made with {{ {property.Name} = {ValueOf(property)} }};");
        }

        code.Line("return made;");
    }

    private void WriteWriter(SourceWriter code, Shape shape)
    {
        using (code.Block($"public static void Write{shape.Id}({Utf8Writer} json, {shape.Type} value)"))
        {
            switch (shape)
            {
                case NullableShape nullable:
                    bool isValue = !IsReference(shapes[nullable.Element]);
                    using (code.Block("if (value is null)"))
                    {
                        code.Line("json.WriteNullValue();");
                        code.Line("return;");
                    }

                    code.Line();
                    code.Line(Write(nullable.Element, isValue ? "value.Value" : "value"));
                    break;
                case EnumShape named:
                    WriteEnumWriter(code, named);
                    break;
                case SequenceShape sequence:
                    WriteSequenceWriter(code, sequence);
                    break;
                case DictionaryShape dictionary:
                    code.Line("json.WriteStartObject();");
                    using (code.Block($"foreach (global::System.Collections.Generic.KeyValuePair<string, {shapes[dictionary.Element].Type}> item in value)"))
                    {
                        code.Line("json.WritePropertyName(item.Key);");
                        code.Line(Write(dictionary.Element, "item.Value"));
                    }

                    code.Line("json.WriteEndObject();");
                    break;
                case RecordShape record:
                    code.Line("json.WriteStartObject();");
                    foreach (PropertyModel property in record.Properties)
                    {
                        code.Line($"json.WritePropertyName({Utf8(property.JsonName)});");
                        code.Line(Write(property.Shape, "value." + property.Name));
                    }

                    code.Line("json.WriteEndObject();");
                    break;
            }
        }
    }

    private static void WriteEnumWriter(SourceWriter code, EnumShape named)
    {
        using (code.Block("json.WriteStringValue(value switch", "});"))
        {
            foreach (EnumMember member in named.Members.Where(static m => !m.IsAlias))
                code.Line($"{named.Type}.{member.Name} => {Utf8(member.JsonName)},");
            code.Line($"_ => throw new global::System.ArgumentOutOfRangeException(nameof(value), value, \"No member of the enum has this value.\"),");
        }
    }

    private void WriteSequenceWriter(SourceWriter code, SequenceShape sequence)
    {
        code.Line("json.WriteStartArray();");
        string items = sequence.Form switch
        {
            SequenceForm.Memory => "value.Span",
            // One that was never made has no items, and cannot be walked.
            SequenceForm.ImmutableArray => "value.AsSpan()",
            _ => "value",
        };
        code.Line($"foreach ({shapes[sequence.Element].Type} item in {items})");
        using (code.Indent())
            code.Line(Write(sequence.Element, "item"));
        code.Line("json.WriteEndArray();");
    }

    private static bool IsReference(Shape shape) => shape switch
    {
        ScalarShape scalar => scalar.Kind == ScalarKind.String || scalar.Type == "byte[]",
        SequenceShape sequence => sequence.Form is SequenceForm.Array or SequenceForm.List or SequenceForm.View,
        DictionaryShape => true,
        RecordShape record => !record.IsValue,
        _ => false,
    };
}
