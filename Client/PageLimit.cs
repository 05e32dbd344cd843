using System.Globalization;
using Gristmill.Client.Errors;

namespace Gristmill.Client;

/// <summary>The parameter <c>limit</c> of lists.</summary>
internal static class PageLimit
{
    private const int Default = 100;
    private const int Max = 1000;

    /// <exception cref="RequestException">400: no number from 1 to 1000.</exception>
    public static int Parse(string? text)
    {
        if (text is null)
            return Default;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= Max
            ? limit
            : throw RequestException.BadField("limit", $"must be a whole number from 1 to {Max}");
    }
}
