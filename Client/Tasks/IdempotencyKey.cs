using System.Globalization;
using Gristmill.Client.Errors;
using Microsoft.Extensions.Primitives;

namespace Gristmill.Client.Tasks;

/// <summary>The header <c>Idempotency-Key</c>: requests of one caller with one key are one request. Keys of different callers do not meet.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>Why a task that is not stored takes none.</summary>
    public const string NeedsDurable = "needs a durable task: nothing is kept of one with durability \"none\"";

    // Nobody is told apart yet.
    private const string Caller = "anonymous";
    private const int MaxLength = 255;

    /// <summary>Caller and key as one text, or null when the request has none.</summary>
    /// <exception cref="RequestException">400: it is no key.</exception>
    public static string? Of(HttpRequest request)
    {
        StringValues header = request.Headers[Header];
        if (header.Count == 0)
            return null;
        string key = header.ToString();
        if (header.Count > 1 || key.Length is 0 or > MaxLength || key.Any(char.IsControl))
            throw RequestException.BadField(Header, $"must be one text of 1 to {MaxLength} characters");
        // A line feed cannot be part of a header, so it ends the caller's name without doubt.
        return $"{Caller}\n{key}";
    }

    /// <summary>The key of a batch's item.</summary>
    public static string OfItem(string callerAndKey, int index) => string.Create(CultureInfo.InvariantCulture, $"{callerAndKey}#{index}");
}
