using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gristmill;

/// <summary>
/// Where in a task's JSON output a value lies: <c>$</c>, then any of <c>.name</c>, <c>['name']</c>, <c>[0]</c> and <c>[*]</c>, which takes the rest of the
/// path from each item of an array and gives the array of what it found. A small part of JSONPath (RFC 9535). Immutable.
/// </summary>
internal sealed partial class WorkflowPath
{
    public const string Root = "$";
    public const string Each = "[*]";

    private readonly string _text;
    private readonly ImmutableArray<Step> _steps;

    private WorkflowPath(string text, ImmutableArray<Step> steps)
    {
        _text = text;
        _steps = steps;
    }

    /// <summary>The step to a member, as a path writes it.</summary>
    public static string Member(string name) =>
        PlainName().IsMatch(name) ? $".{name}" : $"['{name.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}']";

    public static bool TryParse(string text, [NotNullWhen(true)] out WorkflowPath? path)
    {
        path = null;
        Match match = Grammar().Match(text);
        if (!match.Success)
            return false;
        var steps = ImmutableArray.CreateBuilder<Step>();
        foreach (Capture capture in match.Groups["step"].Captures)
        {
            if (ReadStep(capture.Value) is not { } step)
                return false;
            steps.Add(step);
        }

        path = new WorkflowPath(text, steps.DrainToImmutable());
        return true;
    }

    /// <summary>Writes the value that lies there.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="output">Where the path begins.</param>
    /// <param name="owner">What <paramref name="output"/> is, for the message.</param>
    /// <exception cref="InvalidTaskInputException">Nothing lies there.</exception>
    public void Write(Utf8JsonWriter json, JsonElement output, string owner) => Write(json, output, 0, owner);

    public override string ToString() => _text;

    private static Step? ReadStep(string step)
    {
        if (step[0] == '.')
            return new Step(step[1..], 0);
        string inside = step[1..^1];
        if (inside == "*")
            return new Step(null, -1);
        if (inside[0] == '\'')
            return new Step(Escape().Replace(inside[1..^1], "$1"), 0);
        return int.TryParse(inside, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? new Step(null, index) : null;
    }

    private void Write(Utf8JsonWriter json, JsonElement at, int step, string owner)
    {
        if (step == _steps.Length)
        {
            at.WriteTo(json);
            return;
        }

        switch (_steps[step])
        {
            case { Name: { } name } when at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out JsonElement member):
                Write(json, member, step + 1, owner);
                break;
            case { Name: null, Index: >= 0 and var index } when at.ValueKind == JsonValueKind.Array && index < at.GetArrayLength():
                Write(json, at[index], step + 1, owner);
                break;
            case { Name: null, Index: < 0 } when at.ValueKind == JsonValueKind.Array:
                json.WriteStartArray();
                foreach (JsonElement item in at.EnumerateArray())
                    Write(json, item, step + 1, owner);
                json.WriteEndArray();
                break;
            default:
                throw new InvalidTaskInputException("input", $"there is no {_text} in {owner}");
        }
    }

    [GeneratedRegex(@"^\$(?<step>\.[\p{L}_][\p{L}\p{Nd}_-]*|\[(\*|[0-9]+|'([^'\\]|\\.)*')\])*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();

    [GeneratedRegex(@"^[\p{L}_][\p{L}\p{Nd}_-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainName();

    [GeneratedRegex(@"\\(.)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Escape();

    /// <param name="Name">A member; null for an item.</param>
    /// <param name="Index">An item; negative for each.</param>
    private readonly record struct Step(string? Name, int Index);
}
