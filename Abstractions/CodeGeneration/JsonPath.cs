using System.Text;
using System.Text.Json;

namespace Gristmill.CodeGeneration;

/// <summary>Finds how a person would name a place in a JSON text: <c>image.sizes[2]</c>.</summary>
internal static class JsonPath
{
    public const string Root = "$";
    public const int MaxDepth = 64;

    // A path goes into error messages; a hostile name must not make those large.
    private const int MaxNameLength = 64;

    /// <summary>
    /// The path of the token that starts at the position; of an object's or array's end, the path of the object or array. In text that
    /// breaks before the position, the path of the place where it breaks.
    /// </summary>
    public static string At(ReadOnlySpan<byte> json, long position)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        var open = new List<Level>();
        try
        {
            while (reader.Read())
            {
                Step(open, in reader);
                if (reader.TokenStartIndex >= position)
                    break;
                if (reader.TokenType is JsonTokenType.StartObject)
                    open.Add(new Level { Index = -1 });
                else if (reader.TokenType is JsonTokenType.StartArray)
                    open.Add(new Level { IsArray = true, Index = -1 });
            }
        }
        catch (JsonException)
        {
            // The text ends here; so does the path.
        }

        return Render(open);
    }

    private static void Step(List<Level> open, in Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
        {
            open.RemoveAt(open.Count - 1);
            return;
        }

        if (open.Count == 0)
            return;
        Level level = open[^1];
        if (level.IsArray)
            level.Index++;
        else if (reader.TokenType == JsonTokenType.PropertyName)
            level.Name = NameOf(in reader);
    }

    private static string NameOf(in Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> raw = reader.ValueSpan;
        string name = Encoding.UTF8.GetString(raw.Length > MaxNameLength * 4 ? raw[..(MaxNameLength * 4)] : raw);
        return name.Length > MaxNameLength ? string.Concat(name.AsSpan(0, MaxNameLength), "…") : name;
    }

    private static string Render(List<Level> open)
    {
        var path = new StringBuilder();
        foreach (Level level in open)
        {
            if (level.IsArray && level.Index >= 0)
                path.Append('[').Append(level.Index).Append(']');
            else if (level.Name is { } name)
                path.Append(path.Length == 0 ? "" : ".").Append(name);
        }

        return path.Length == 0 ? Root : path.ToString();
    }

    private sealed class Level
    {
        public bool IsArray;
        public int Index;
        public string? Name;
    }
}
