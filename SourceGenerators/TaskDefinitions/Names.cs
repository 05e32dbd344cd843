using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>Rules for names: of kinds, of JSON properties, of C# identifiers.</summary>
internal static class Names
{
    private const int MaxKindLength = 100;

    private static readonly Regex s_kind = new(
        @"^[a-z][a-zA-Z0-9]*([-_][a-zA-Z0-9]+)*(\.[a-z][a-zA-Z0-9]*([-_][a-zA-Z0-9]+)*)*\z", RegexOptions.CultureInvariant);

    public static bool IsKind(string? name) => name is not null && name.Length <= MaxKindLength && s_kind.IsMatch(name);

    /// <summary>Lowers the leading run of capitals, except one that starts the next word: URLPath is urlPath.</summary>
    public static string CamelCase(string name)
    {
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

    /// <summary>The text with '@' where C# would take it for a keyword.</summary>
    public static string Identifier(string name) =>
        SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None ? "@" + name : name;

    /// <summary>An assembly's name as part of an identifier: my-app.Core is MyAppCore.</summary>
    public static string FromAssembly(string name)
    {
        string[] words = Regex.Split(name, "[^A-Za-z0-9_]+");
        return string.Concat(words.Where(static w => w.Length > 0).Select(static w => char.ToUpperInvariant(w[0]) + w.Substring(1)));
    }

    /// <summary>The class of factories beside a class of handlers: MathHandlers has MathTask.</summary>
    public static string FactoryFor(string className) => StemOf(className) + "Task";

    public static string StemOf(string className)
    {
        foreach (string suffix in new[] { "Handlers", "Handler" })
        {
            if (className.Length > suffix.Length && className.EndsWith(suffix, StringComparison.Ordinal))
                return className.Substring(0, className.Length - suffix.Length);
        }

        return className;
    }
}
