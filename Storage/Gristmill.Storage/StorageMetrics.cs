using System.Diagnostics.Metrics;

namespace Gristmill.Storage;

/// <summary>What storage does, as instruments of the meter <c>Gristmill.Storage</c>. Safe from any thread.</summary>
public sealed class StorageMetrics : IDisposable
{
    public const string MeterName = "Gristmill.Storage";

    private static readonly double[] s_checkpointBuckets = [1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5];

    private readonly Meter _meter;
    private readonly Histogram<double> _userDuration;
    private readonly Histogram<double> _commitDuration;
    private readonly Histogram<int> _commitOperations;
    private readonly Histogram<double> _checkpointDuration;
    private readonly Histogram<double> _checkpointHold;

    public StorageMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _meter = meters.Create(MeterName);
        _userDuration = _meter.CreateHistogram(
            "gristmill.storage.users.duration", "s", "Calls of the user store, by operation: read, write, delete.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1e-5, 1e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5] });
        _commitDuration = _meter.CreateHistogram(
            "gristmill.storage.commit.duration", "s", "Groups of writes, from their beginning to their commit.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5] });
        _commitOperations = _meter.CreateHistogram(
            "gristmill.storage.commit.operations", "{operation}", "Writes that shared one commit.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384] });
        _checkpointDuration = _meter.CreateHistogram(
            "gristmill.storage.checkpoint.duration", "s", "Moves of the log's pages to the main file, beside the commits.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_checkpointBuckets });
        _checkpointHold = _meter.CreateHistogram(
            "gristmill.storage.checkpoint.hold", "s", "The part of a checkpoint in which no commit begins.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_checkpointBuckets });
    }

    internal void UserRead(TimeSpan elapsed) => RecordUser(elapsed, "read");

    internal void UserWritten(TimeSpan elapsed) => RecordUser(elapsed, "write");

    internal void UserDeleted(TimeSpan elapsed) => RecordUser(elapsed, "delete");

    internal void Committed(int operations, TimeSpan elapsed)
    {
        _commitDuration.Record(elapsed.TotalSeconds);
        _commitOperations.Record(operations);
    }

    internal void Checkpointed(TimeSpan elapsed) => _checkpointDuration.Record(elapsed.TotalSeconds);

    internal void WritesHeld(TimeSpan elapsed) => _checkpointHold.Record(elapsed.TotalSeconds);

    public void Dispose() => _meter.Dispose();

    private void RecordUser(TimeSpan elapsed, string operation) =>
        _userDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("operation", operation));
}
