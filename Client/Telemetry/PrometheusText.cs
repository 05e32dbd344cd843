using System.Buffers;
using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gristmill.Client.Telemetry;

/// <summary>
/// Writes OpenTelemetry metrics in the Prometheus text exposition format 0.0.4, with names as the OpenTelemetry-to-Prometheus
/// compatibility page has them: dots become underscores, the unit is a suffix, counters end in <c>_total</c>.
/// Serves one scrape at a time.
/// </summary>
internal sealed class PrometheusText
{
    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private readonly StringBuilder _text = new();

    public void Write(Metric metric)
    {
        string type = metric.MetricType switch
        {
            MetricType.LongSum or MetricType.DoubleSum => "counter",
            MetricType.Histogram => "histogram",
            MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
            // Exponential histograms have no form in this text; no view of ours asks for them.
            _ => "",
        };
        if (type.Length == 0)
            return;

        string name = NameOf(metric, type);
        if (metric.Description.Length > 0)
            _text.Append("# HELP ").Append(name).Append(' ').Append(metric.Description.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

        foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
        {
            switch (metric.MetricType)
            {
                case MetricType.Histogram:
                    WriteHistogram(name, in point);
                    break;
                case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                    Sample(name, "", point.Tags, null, point.GetSumLong());
                    break;
                case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                    Sample(name, "", point.Tags, null, point.GetSumDouble());
                    break;
                case MetricType.LongGauge:
                    Sample(name, "", point.Tags, null, point.GetGaugeLastValueLong());
                    break;
                default:
                    Sample(name, "", point.Tags, null, point.GetGaugeLastValueDouble());
                    break;
            }
        }
    }

    /// <summary>What was written since the last call.</summary>
    public string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }

    private void WriteHistogram(string name, in MetricPoint point)
    {
        long cumulative = 0;
        foreach (HistogramBucket bucket in point.GetHistogramBuckets())
        {
            cumulative += bucket.BucketCount;
            Sample(name, "_bucket", point.Tags, double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound), cumulative);
        }

        Sample(name, "_sum", point.Tags, null, point.GetHistogramSum());
        Sample(name, "_count", point.Tags, null, point.GetHistogramCount());
    }

    private void Sample(string name, string suffix, ReadOnlyTagCollection tags, string? upperBound, double value)
    {
        _text.Append(name).Append(suffix);
        char separator = '{';
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            Label(separator, Clean(tag.Key), Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "");
            separator = ',';
        }

        if (upperBound is not null)
        {
            Label(separator, "le", upperBound);
            separator = ',';
        }

        if (separator == ',')
            _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private void Label(char separator, string key, string value) =>
        _text.Append(separator).Append(key).Append("=\"")
            .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
            .Append('"');

    private static string NameOf(Metric metric, string type)
    {
        string name = Clean(metric.Name);
        string unit = metric.Unit switch
        {
            "s" => "seconds",
            "ms" => "milliseconds",
            "By" => "bytes",
            "1" or "" => "",
            // Annotations such as {request} say what is counted, not in which unit.
            _ when metric.Unit.StartsWith('{') => "",
            _ => Clean(metric.Unit),
        };
        if (unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal))
            name = $"{name}_{unit}";
        return type == "counter" && !name.EndsWith("_total", StringComparison.Ordinal) ? $"{name}_total" : name;
    }

    private static string Clean(string name) => string.Create(name.Length, name, static (span, source) =>
    {
        for (int i = 0; i < span.Length; i++)
            span[i] = s_nameCharacters.Contains(source[i]) ? source[i] : '_';
    });

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
