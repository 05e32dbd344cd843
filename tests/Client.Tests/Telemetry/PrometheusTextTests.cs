using System.Diagnostics.Metrics;
using Gristmill.Client.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gristmill.Client.Tests.Telemetry;

public sealed class PrometheusTextTests
{
    [Fact]
    public void Scrape_OfEveryKindOfInstrument_IsExpositionText()
    {
        using var meter = new Meter($"Gristmill.Tests.{Guid.NewGuid():N}");
        using var reader = new PrometheusReader();
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddReader(reader).Build();
        Counter<long> counter = meter.CreateCounter<long>("gristmill.tasks", "{task}", "Tasks, with a \\ and\na line.");
        Histogram<double> histogram = meter.CreateHistogram<double>(
            "gristmill.wait", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        meter.CreateObservableGauge("gristmill.memory", () => 1.5, "By");
        UpDownCounter<int> workers = meter.CreateUpDownCounter<int>("gristmill.workers");

        counter.Add(2, new KeyValuePair<string, object?>("kind", "a\"b\\c\nd"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "plain"));
        histogram.Record(0.25);
        histogram.Record(0.75);
        histogram.Record(9);
        workers.Add(4);
        workers.Add(-1);

        string[] lines = reader.Scrape()!.Split('\n');
        Assert.Contains("# HELP gristmill_tasks_total Tasks, with a \\\\ and\\na line.", lines);
        Assert.Contains("# TYPE gristmill_tasks_total counter", lines);
        Assert.Contains("gristmill_tasks_total{kind=\"a\\\"b\\\\c\\nd\"} 2", lines);
        Assert.Contains("gristmill_tasks_total{kind=\"plain\"} 3", lines);
        Assert.Contains("# TYPE gristmill_wait_seconds histogram", lines);
        Assert.Contains("gristmill_wait_seconds_bucket{le=\"0.5\"} 1", lines);
        Assert.Contains("gristmill_wait_seconds_bucket{le=\"1\"} 2", lines);
        Assert.Contains("gristmill_wait_seconds_bucket{le=\"+Inf\"} 3", lines);
        Assert.Contains("gristmill_wait_seconds_sum 10", lines);
        Assert.Contains("gristmill_wait_seconds_count 3", lines);
        Assert.Contains("gristmill_memory_bytes 1.5", lines);
        Assert.Contains("# TYPE gristmill_workers gauge", lines);
        Assert.Contains("gristmill_workers 3", lines);
    }

    [Fact]
    public void Scrape_Repeated_KeepsCountingFromTheStart()
    {
        using var meter = new Meter($"Gristmill.Tests.{Guid.NewGuid():N}");
        using var reader = new PrometheusReader();
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddReader(reader).Build();
        Counter<long> counter = meter.CreateCounter<long>("gristmill.tasks");

        counter.Add(1);
        Assert.Contains("gristmill_tasks_total 1\n", reader.Scrape(), StringComparison.Ordinal);
        counter.Add(1);
        Assert.Contains("gristmill_tasks_total 2\n", reader.Scrape(), StringComparison.Ordinal);
    }
}
