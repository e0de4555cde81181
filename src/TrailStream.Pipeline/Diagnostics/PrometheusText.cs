using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace TrailStream.Pipeline.Diagnostics;

/// <summary>The meter's instruments in Prometheus' text format (version 0.0.4). Names follow OpenTelemetry's rules: dots become
/// underscores, the unit and <c>_total</c> are appended. Thread-safe.</summary>
public sealed class PrometheusText : IDisposable
{
    /// <summary>The platform's own: collections, heap sizes, working set, processor time, thread pool.</summary>
    private const string RuntimeMeterName = "System.Runtime";

    /// <summary>Seconds; OpenTelemetry's advice for client durations.</summary>
    private static readonly double[] Bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];

    private readonly ConcurrentDictionary<Instrument, ConcurrentDictionary<string, Series>> _instruments = new();
    private readonly MeterListener _listener = new();
    private readonly Lock _collecting = new();

    public PrometheusText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name is StreamMetrics.MeterName or RuntimeMeterName)
            {
                _instruments[instrument] = new ConcurrentDictionary<string, Series>(StringComparer.Ordinal);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.MeasurementsCompleted = (instrument, _) => _instruments.TryRemove(instrument, out var _);
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public static string ContentType => "text/plain; version=0.0.4; charset=utf-8";

    public string Collect()
    {
        lock (_collecting)
        {
            foreach (var (instrument, series) in _instruments)
            {
                if (instrument.IsObservable)
                {
                    // Partitions that were given up must not stay.
                    series.Clear();
                }
            }

            _listener.RecordObservableInstruments();
            var text = new StringBuilder(16 * 1024);
            foreach (var group in _instruments.GroupBy(i => Name(i.Key)).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                var first = group.First().Key;
                text.Append("# HELP ").Append(group.Key).Append(' ').Append(first.Description).Append('\n');
                text.Append("# TYPE ").Append(group.Key).Append(' ').Append(Type(first)).Append('\n');
                foreach (var (labels, series) in group.SelectMany(i => i.Value).OrderBy(s => s.Key, StringComparer.Ordinal))
                {
                    Write(text, group.Key, labels, series, Type(first) == "histogram");
                }
            }

            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Write(StringBuilder text, string name, string labels, Series series, bool histogram)
    {
        if (!histogram)
        {
            Line(text, name, labels, series.Value);
            return;
        }

        lock (series)
        {
            long below = 0;
            for (var i = 0; i < Bounds.Length; i++)
            {
                below += series.Buckets[i];
                Line(text, name + "_bucket", Join(labels, $"le=\"{Bounds[i].ToString(CultureInfo.InvariantCulture)}\""), below);
            }

            Line(text, name + "_bucket", Join(labels, "le=\"+Inf\""), series.Count);
            Line(text, name + "_sum", labels, series.Value);
            Line(text, name + "_count", labels, series.Count);
        }
    }

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Join(string labels, string more) => labels.Length == 0 ? more : labels + "," + more;

    private static string Type(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        return type == typeof(Histogram<>) ? "histogram"
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? "counter" : "gauge";
    }

    private static string Name(Instrument instrument)
    {
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        var name = instrument.Name.Replace('.', '_');
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return Type(instrument) == "counter" ? name + "_total" : name;
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_instruments.TryGetValue(instrument, out var all))
        {
            return;
        }

        var series = all.GetOrAdd(Labels(tags), _ => new Series());
        var type = Type(instrument);
        lock (series)
        {
            series.Count++;
            if (type == "histogram")
            {
                series.Value += value;
                var bucket = Array.FindIndex(Bounds, bound => value <= bound);
                if (bucket >= 0)
                {
                    series.Buckets[bucket]++;
                }
            }
            else
            {
                series.Value = instrument.IsObservable || type == "gauge" ? value : series.Value + value;
            }
        }
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            var raw = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            text.Append(text.Length > 0 ? "," : "").Append(key.Replace('.', '_')).Append("=\"")
                .Append(raw.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                    .Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
        }

        return text.ToString();
    }

    private sealed class Series
    {
        public double Value { get; set; }

        public long Count { get; set; }

        public long[] Buckets { get; } = new long[Bounds.Length];
    }
}
