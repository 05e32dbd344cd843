using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Gristmill.Repository.Tests.Deployment;

/// <summary>A node of a YAML file, to be asked for what lies under it. What is not there is an empty node.</summary>
internal sealed class Yaml
{
    private static readonly IDeserializer s_deserializer = new DeserializerBuilder().Build();

    private readonly object? _node;

    private Yaml(object? node) => _node = node;

    public Yaml this[string key] => new((_node as IDictionary<object, object?>)?.TryGetValue(key, out object? value) == true ? value : null);

    public bool IsThere => _node is not null;

    public string? Text => _node as string;

    /// <summary>The entries of a mapping, in the file's order.</summary>
    public IEnumerable<(string Key, Yaml Value)> Entries =>
        _node is IDictionary<object, object?> map ? map.Select(entry => ((string)entry.Key, new Yaml(entry.Value))) : [];

    /// <summary>The items of a list.</summary>
    public IEnumerable<Yaml> Items => _node is IList<object?> list ? list.Select(item => new Yaml(item)) : [];

    /// <summary>The documents of a file of the repository, with merge keys (<c>&lt;&lt;</c>) resolved.</summary>
    public static IReadOnlyList<Yaml> ReadAll(string path)
    {
        var parser = new MergingParser(new Parser(new StringReader(RepositoryFiles.Read(path))));
        parser.Consume<StreamStart>();
        var documents = new List<Yaml>();
        while (parser.Accept<DocumentStart>(out _))
            documents.Add(new Yaml(s_deserializer.Deserialize<object?>(parser)));
        return documents;
    }

    public static Yaml Read(string path) => ReadAll(path) is [var only] ? only : throw new InvalidDataException($"{path} is not one document.");
}
