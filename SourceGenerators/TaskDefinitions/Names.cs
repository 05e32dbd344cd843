using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>Rules for names of C#.</summary>
internal static class Names
{
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
