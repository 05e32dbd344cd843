using System.Globalization;
using System.Text;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Primitives;

namespace Gristmill.Client.Tasks;

/// <summary>Which tasks a client means; null takes all.</summary>
internal sealed record TaskFilter(
    TaskState? State = null,
    string? Kind = null,
    string? Queue = null,
    string? Tag = null,
    long? Owner = null,
    DateTimeOffset? Since = null,
    DateTimeOffset? Until = null)
{
    private const int MaxTextLength = 200;

    // RFC 3339 in UTC or with an offset; K also takes none, which is refused.
    private static readonly string[] s_timeForms = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK"];

    private static readonly string[] s_names = ["status", "kind", "queue", "tag", "owner", "since", "until"];

    /// <summary>From a query. An empty parameter is as good as none.</summary>
    /// <param name="query">The query.</param>
    /// <param name="others">What else it may hold: a filter whose name is misspelled would mean more tasks than it should.</param>
    /// <exception cref="RequestException">400: a value that cannot be, or a parameter that is none.</exception>
    public static TaskFilter Of(IQueryCollection query, params string[] others)
    {
        foreach (string name in query.Keys)
        {
            if (!s_names.Contains(name, StringComparer.OrdinalIgnoreCase) && !others.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw RequestException.BadField(name, $"is not one of {string.Join(", ", [.. s_names, .. others])}");
        }

        return new TaskFilter(
            StateOf(Text(query, "status")),
            Text(query, "kind"),
            Text(query, "queue"),
            Text(query, "tag"),
            Text(query, "owner") is { } owner ? OwnerOf(owner) : null,
            Text(query, "since") is { } since ? TimeOf("since", since) : null,
            Text(query, "until") is { } until ? TimeOf("until", until) : null);
    }

    /// <summary>From a JSON object.</summary>
    /// <exception cref="RequestException">400: a value that cannot be.</exception>
    public static TaskFilter Of(JsonFields fields) => new(
        StateOf(fields.Text("status")),
        Check("kind", fields.Text("kind")),
        Check("queue", fields.Text("queue")),
        Check("tag", fields.Text("tag")),
        fields.Long("owner", 1),
        fields.Time("since"),
        fields.Time("until"));

    public bool IsEmpty => this == new TaskFilter();

    public TaskQuery ToQuery(int limit = 0, TaskId? before = null) => new(limit, before, State, Kind, Queue, Tag, Owner, Since, Until);

    /// <summary>The filter as parameters of a query; equal filters give equal texts.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Add("status", State is { } state ? TaskStates.NameOf(state) : null);
        Add("kind", Kind);
        Add("queue", Queue);
        Add("tag", Tag);
        Add("owner", Owner?.ToString(CultureInfo.InvariantCulture));
        Add("since", Since?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        Add("until", Until?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        return text.ToString();

        void Add(string name, string? value)
        {
            if (value is not null)
                text.Append(text.Length > 0 ? "&" : "").Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    private static string? Text(IQueryCollection query, string name)
    {
        StringValues values = query[name];
        if (values.Count > 1)
            throw RequestException.BadField(name, "must be given once");
        return Check(name, values.ToString() is { Length: > 0 } text ? text : null);
    }

    private static string? Check(string name, string? text)
    {
        if (text is null)
            return null;
        return text.Length <= MaxTextLength && !text.Any(char.IsControl)
            ? text
            : throw RequestException.BadField(name, $"must have at most {MaxTextLength} characters, and no control characters");
    }

    private static TaskState? StateOf(string? name)
    {
        if (name is null)
            return null;
        return TaskStates.Parse(name) ?? throw RequestException.BadField("status", $"must be one of {TaskStates.All}");
    }

    private static long OwnerOf(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id) && id > 0
            ? id
            : throw RequestException.BadField("owner", "must be a user id: a whole number from 1");

    private static DateTimeOffset TimeOf(string name, string text)
    {
        bool hasZone = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-');
        return hasZone && DateTimeOffset.TryParseExact(text, s_timeForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset time)
            ? time
            : throw RequestException.BadField(name, "must be a time in RFC 3339 form, such as 2026-01-31T12:00:00Z (in a query, write + as %2B)");
    }
}
