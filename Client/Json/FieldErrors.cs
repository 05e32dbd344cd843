using System.Collections.Immutable;
using Gristmill.Client.Errors;

namespace Gristmill.Client.Json;

/// <summary>
/// What is wrong with the fields of a JSON object; costs nothing while nothing is. At most as much as one needs to mend a request by: an answer
/// must not grow with what was sent.
/// </summary>
internal struct FieldErrors
{
    private const int MaxErrors = 20;
    private const int MaxNameLength = 64;

    private ImmutableDictionary<string, string>? _errors;

    /// <summary>The first mistake of a field counts.</summary>
    public void Add(string field, string problem)
    {
        _errors ??= ImmutableDictionary<string, string>.Empty;
        string name = field.Length <= MaxNameLength ? field : $"{field.AsSpan(0, MaxNameLength)}…";
        if (_errors.Count < MaxErrors && !_errors.ContainsKey(name))
            _errors = _errors.Add(name, problem);
    }

    /// <summary>Takes over what is wrong with the object at <paramref name="field"/>.</summary>
    public void Take(string field, TaskError inner)
    {
        if (inner.Fields.IsEmpty)
            Add(field, inner.Message);
        foreach ((string name, string problem) in inner.Fields)
            Add($"{field}.{name}", problem);
    }

    public readonly bool IsFull => _errors?.Count >= MaxErrors;

    /// <summary>Null when nothing is wrong.</summary>
    public readonly TaskError? ToError() => _errors is null ? null : RequestException.InvalidFields(_errors);
}
