using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// The documentation comment of a declaration as plain text. Reads the source text itself: without a documentation file the compiler
/// takes such comments for ordinary ones and its own query returns nothing.
/// </summary>
internal sealed class XmlDocs
{
    private static readonly XmlDocs s_none = new(new XElement("doc"));

    private readonly XElement _root;

    private XmlDocs(XElement root) => _root = root;

    public string? Summary => TextOf(_root.Element("summary"));

    public string? Parameter(string name) =>
        TextOf(_root.Elements("param").FirstOrDefault(e => (string?)e.Attribute("name") == name));

    public static XmlDocs Of(ISymbol symbol, CancellationToken cancellationToken)
    {
        foreach (SyntaxReference reference in symbol.DeclaringSyntaxReferences)
        {
            string? xml = CommentAbove(reference.GetSyntax(cancellationToken));
            if (xml is null)
                continue;
            try
            {
                return new XmlDocs(XElement.Parse($"<doc>{xml}</doc>"));
            }
            catch (XmlException)
            {
                // The compiler warns of malformed comments; a description is not worth a second error.
                return s_none;
            }
        }

        return s_none;
    }

    private static string? CommentAbove(SyntaxNode declaration)
    {
        var text = new StringBuilder();
        foreach (string line in declaration.GetLeadingTrivia().ToFullString().Split('\n'))
        {
            string trimmed = line.Trim();
            if (trimmed.StartsWith("///", StringComparison.Ordinal))
                text.Append(trimmed.Substring(3)).Append('\n');
        }

        return text.Length == 0 ? null : text.ToString();
    }

    private static string? TextOf(XElement? element)
    {
        if (element is null)
            return null;
        var text = new StringBuilder();
        Append(text, element);
        string plain = Regex.Replace(text.ToString(), @"\s+", " ").Trim();
        return plain.Length == 0 ? null : plain;
    }

    private static void Append(StringBuilder text, XElement element)
    {
        foreach (XNode node in element.Nodes())
        {
            if (node is XText plain)
                text.Append(plain.Value);
            else if (node is XElement child)
            {
                string? named = (string?)(child.Attribute("name") ?? child.Attribute("langword") ?? child.Attribute("cref"));
                if (named is not null && child.IsEmpty)
                    text.Append(ShortName(named));
                else
                    Append(text, child);
            }
        }
    }

    // A cref names a member in full, with parameters: its last word reads best.
    private static string ShortName(string name)
    {
        int end = name.IndexOfAny(['(', '{']);
        string bare = end < 0 ? name : name.Substring(0, end);
        return bare.Substring(bare.LastIndexOf('.') + 1);
    }
}
