using Gristmill.Client.Errors;

namespace Gristmill.Client.Tasks;

/// <summary>How long a client is ready to wait: <c>?wait=30s</c>, or <c>Prefer: wait=30</c> (RFC 7240). The query wins.</summary>
internal static class WaitTime
{
    private const string Preference = "wait=";

    /// <summary>The wait that the request names, or null when it names none.</summary>
    /// <exception cref="RequestException">The query's wait is no length of time, or longer than <paramref name="max"/>.</exception>
    public static TimeSpan? Of(HttpRequest request, TimeSpan max)
    {
        if (request.Query.TryGetValue("wait", out var query))
        {
            return Duration.TryParse(query.ToString(), out TimeSpan wait) && wait <= max
                ? wait
                : throw RequestException.BadField("wait", $"must be a length of time such as 30s, at most {max.TotalSeconds:0} s");
        }

        // A preference that cannot be understood is ignored: that is what makes it a preference.
        foreach (string? header in request.Headers["Prefer"])
        {
            foreach (string preference in (header ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                if (preference.StartsWith(Preference, StringComparison.OrdinalIgnoreCase)
                    && Duration.TryParse(preference[Preference.Length..], out TimeSpan wait))
                {
                    return wait < max ? wait : max;
                }
            }
        }

        return null;
    }
}
