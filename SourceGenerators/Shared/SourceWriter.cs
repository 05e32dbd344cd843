using System.Text;

namespace Gristmill.SourceGenerators;

/// <summary>Builds indented source text. Line ends are always '\n', so that output is the same on every machine.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public SourceWriter Line(string line = "")
    {
        if (line.Length > 0)
            _text.Append(' ', _depth * 4).Append(line);
        _text.Append('\n');
        return this;
    }

    /// <summary>Writes a head line and an open brace; disposing closes it.</summary>
    public Scope Block(string head, string close = "}")
    {
        Line(head).Line("{");
        _depth++;
        return new Scope(this, close);
    }

    public Scope Indent()
    {
        _depth++;
        return new Scope(this, close: null);
    }

    public override string ToString() => _text.ToString();

    public readonly struct Scope(SourceWriter writer, string? close) : IDisposable
    {
        public void Dispose()
        {
            writer._depth--;
            if (close is not null)
                writer.Line(close);
        }
    }
}
