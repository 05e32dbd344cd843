namespace Gristmill;

/// <summary>Rules for the names of the task DSL. The generator compiles this file too, so that both sides of a task spell alike.</summary>
public static class TaskNames
{
    private const int MaxKindLength = 100;

    /// <summary>True for words joined by dots, each beginning with a lower-case letter; <c>-</c> and <c>_</c> may stand inside a word.</summary>
    public static bool IsKind(string? name)
    {
        if (name is null || name.Length is 0 or > MaxKindLength)
            return false;
        char before = '.';
        foreach (char c in name)
        {
            bool fits = before switch
            {
                '.' => c is >= 'a' and <= 'z',
                '-' or '_' => IsLetterOrDigit(c),
                _ => IsLetterOrDigit(c) || c is '.' or '-' or '_',
            };
            if (!fits)
                return false;
            before = c;
        }

        return IsLetterOrDigit(before);
    }

    /// <summary>Lowers the leading run of capitals, except one that starts the next word: URLPath is urlPath, SHA256 is sha256.</summary>
    public static string CamelCase(string name)
    {
#if NET
        ArgumentNullException.ThrowIfNull(name);
#endif
        char[] letters = name.ToCharArray();
        for (int i = 0; i < letters.Length && char.IsUpper(letters[i]); i++)
        {
            bool startsWord = i > 0 && i + 1 < letters.Length && char.IsLower(letters[i + 1]);
            if (startsWord)
                break;
            letters[i] = char.ToLowerInvariant(letters[i]);
        }

        return new string(letters);
    }

    private static bool IsLetterOrDigit(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9');
}
