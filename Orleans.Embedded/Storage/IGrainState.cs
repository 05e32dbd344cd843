namespace Orleans;

/// <summary>A state on its way between a grain and its storage.</summary>
public interface IGrainState<T>
{
    T? State { get; set; }

    /// <summary>The version of the record; null when there is none.</summary>
    string? ETag { get; set; }

    bool RecordExists { get; set; }
}

/// <inheritdoc/>
[GenerateSerializer]
public sealed class GrainState<T> : IGrainState<T>
{
    public GrainState()
    {
    }

    public GrainState(T? state)
        : this(state, eTag: null)
    {
    }

    public GrainState(T? state, string? eTag)
    {
        State = state;
        ETag = eTag;
    }

    [Id(0)]
    public T? State { get; set; }

    [Id(1)]
    public string? ETag { get; set; }

    [Id(2)]
    public bool RecordExists { get; set; }
}
