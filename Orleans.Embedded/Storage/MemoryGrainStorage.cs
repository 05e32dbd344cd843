using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// Keeps state in memory, as JSON, so that a grain that changes its state without writing changes nothing here. For tests and
/// trials: it is empty after a restart.
/// </summary>
internal sealed class MemoryGrainStorage : IGrainStorage
{
    private static readonly JsonSerializerOptions s_json = new() { IncludeFields = true };

    private readonly ConcurrentDictionary<(string State, GrainId Grain), Record> _records = new();
    private long _lastEtag;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Record? record = _records.GetValueOrDefault((stateName, grainId));
        grainState.RecordExists = record?.Json is not null;
        grainState.ETag = record?.Json is null ? null : record.Etag;
        if (record?.Json is { } json)
            grainState.State = JsonSerializer.Deserialize<T>(json, s_json);
        else
            grainState.State = Fresh<T>();
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string etag = NextEtag();
        Replace(stateName, grainId, grainState.ETag, new Record(JsonSerializer.SerializeToUtf8Bytes(grainState.State, s_json), etag));
        grainState.ETag = etag;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        // A cleared record stays as one without content: a writer that has not seen the deletion is refused.
        Replace(stateName, grainId, grainState.ETag, new Record(null, NextEtag()));
        grainState.ETag = null;
        grainState.RecordExists = false;
        grainState.State = Fresh<T>();
        return Task.CompletedTask;
    }

    private void Replace(string stateName, GrainId grainId, string? etag, Record replacement) => _records.AddOrUpdate(
        (stateName, grainId),
        static (_, r) => r.Replacement,
        static (key, stored, r) =>
        {
            bool matches = stored.Json is null ? r.Etag is null : r.Etag == stored.Etag;
            return matches || r.Etag == "*"
                ? r.Replacement
                : throw new InconsistentStateException(
                    $"The state {key.State} of grain {key.Grain} has changed in the meantime.", stored.Etag, r.Etag);
        },
        (Etag: etag, Replacement: replacement));

    private string NextEtag() => Interlocked.Increment(ref _lastEtag).ToString(CultureInfo.InvariantCulture);

    private static T? Fresh<T>() =>
        typeof(T).IsValueType || typeof(T).GetConstructor(Type.EmptyTypes) is not null ? Activator.CreateInstance<T>() : default;

    private sealed record Record(byte[]? Json, string Etag);
}
