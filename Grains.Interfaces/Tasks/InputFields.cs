using System.Collections.Immutable;

namespace Gristmill.Grains.Tasks;

/// <summary>A kind speaks of the fields of its input; a request has them below "input".</summary>
public static class InputFields
{
    /// <summary>The failure with its fields as a request has them.</summary>
    public static TaskError OfInput(this TaskError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error with { Fields = error.Fields.ToImmutableDictionary(field => field.Key == "$" ? "input" : $"input.{field.Key}", field => field.Value) };
    }
}
