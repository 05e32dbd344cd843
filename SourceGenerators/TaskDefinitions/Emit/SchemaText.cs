using System.Text;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>Writes the JSON Schema (2020-12) of an operation's input and output. Records lie under $defs, so that they may recur.</summary>
internal sealed class SchemaText(EquatableArray<Shape> shapes)
{
    private readonly List<int> _definitions = [];

    public static string OfInput(OperationModel operation, EquatableArray<Shape> shapes)
    {
        if (operation.IsWholeInput)
            return new SchemaText(shapes).Document(operation.Description, ((RecordShape)shapes[operation.Parameters[0].Shape]).Properties);
        return new SchemaText(shapes).Document(operation.Description, operation.Inputs.Select(static p => new PropertyModel(
            p.Name, p.Name, p.Shape, PropertyRole.Constructor, p.Default, p.Description)));
    }

    public static string OfOutput(OperationModel operation, EquatableArray<Shape> shapes)
    {
        ResultModel result = operation.Result;
        if (result.Shape < 0)
            return new SchemaText(shapes).Document("", []);
        if (result.OutputName is null)
            return new SchemaText(shapes).Document("", ((RecordShape)shapes[result.Shape]).Properties);
        return new SchemaText(shapes).Document("", [
            new PropertyModel(result.OutputName, result.OutputName, result.Shape, PropertyRole.Required, null, null),
        ]);
    }

    private string Document(string description, IEnumerable<PropertyModel> properties)
    {
        var text = new StringBuilder("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",");
        text.Append(ObjectMembers(description, properties));
        // Writing one definition may call for another.
        for (int i = 0; i < _definitions.Count; i++)
        {
            var record = (RecordShape)shapes[_definitions[i]];
            text.Append(i == 0 ? ",\"$defs\":{" : ",").Append(JsonText.Quote(record.Id)).Append(":{")
                .Append(ObjectMembers(record.Description ?? "", record.Properties)).Append('}');
        }

        return text.Append(_definitions.Count > 0 ? "}}" : "}").ToString();
    }

    private string ObjectMembers(string description, IEnumerable<PropertyModel> properties)
    {
        PropertyModel[] all = [.. properties];
        var text = new StringBuilder();
        if (description.Length > 0)
            text.Append("\"description\":").Append(JsonText.Quote(description)).Append(',');
        text.Append("\"type\":\"object\",\"properties\":{").Append(string.Join(",", all.Select(Property))).Append('}');
        string[] required = [.. all.Where(static p => p.Role != PropertyRole.Optional && p.Default is null).Select(static p => JsonText.Quote(p.JsonName))];
        if (required.Length > 0)
            text.Append(",\"required\":[").Append(string.Join(",", required)).Append(']');
        return text.Append(",\"additionalProperties\":false").ToString();
    }

    private string Property(PropertyModel property)
    {
        string members = Members(shapes[property.Shape], property.Shape);
        if (property.Description is not null)
            members += ",\"description\":" + JsonText.Quote(property.Description);
        if (property.Default?.Json is { } json)
            members += ",\"default\":" + json;
        return $"{JsonText.Quote(property.JsonName)}:{{{members}}}";
    }

    private string Members(Shape shape, int index)
    {
        switch (shape)
        {
            case NumberShape number:
                return number.Constraints;
            case EnumShape named:
                return "\"enum\":[" + string.Join(",", named.Members.Select(static m => JsonText.Quote(m.JsonName))) + "]";
            case SequenceShape sequence:
                return "\"type\":\"array\",\"items\":{" + Members(shapes[sequence.Element], sequence.Element) + "}";
            case DictionaryShape dictionary:
                return "\"type\":\"object\",\"additionalProperties\":{" + Members(shapes[dictionary.Element], dictionary.Element) + "}";
            case NullableShape nullable:
                return "\"anyOf\":[{" + Members(shapes[nullable.Element], nullable.Element) + "},{\"type\":\"null\"}]";
            case RecordShape record:
                if (!_definitions.Contains(index))
                    _definitions.Add(index);
                return "\"$ref\":" + JsonText.Quote("#/$defs/" + record.Id);
            case ScalarShape scalar:
                return scalar.Kind switch
                {
                    ScalarKind.Boolean => "\"type\":\"boolean\"",
                    ScalarKind.Guid => "\"type\":\"string\",\"format\":\"uuid\"",
                    ScalarKind.Time => "\"type\":\"string\",\"format\":\"date-time\"",
                    ScalarKind.Duration => "\"type\":[\"number\",\"string\"]",
                    ScalarKind.Bytes => "\"type\":\"string\",\"contentEncoding\":\"base64\"",
                    _ => "\"type\":\"string\"",
                };
            default:
                throw new InvalidOperationException($"No schema for {shape.Type}.");
        }
    }
}
