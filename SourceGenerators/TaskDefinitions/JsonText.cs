using System.Globalization;
using System.Text;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>JSON at compile time, where the generator's target has no JSON library.</summary>
internal static class JsonText
{
    public static string Quote(string text)
    {
        var json = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
        {
            if (c is '"' or '\\')
                json.Append('\\').Append(c);
            // The text ends up in source, where more than line feeds end a line.
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' || char.IsSurrogate(c))
                json.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else
                json.Append(c);
        }

        return json.Append('"').ToString();
    }
}
