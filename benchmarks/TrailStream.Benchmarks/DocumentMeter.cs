using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;

namespace TrailStream.Benchmarks;

/// <summary>Stage 5 alone: what writing a document costs in each form, and what copying the finished ECS document would, interleaved in rounds on one
/// thread, medians of processor time. Decoded and attributed beforehand.</summary>
internal sealed class DocumentMeter
{
    private const int Rounds = 9;

    /// <summary>Small enough for the second-level cache, so that the writers are measured and not the memory.</summary>
    private const int Records = 256;

    private readonly EventBatch _batch = new();
    private readonly List<(byte[] Json, AttributionTerm[] Terms)> _attributions = [];
    private readonly List<byte[]> _finished = [];
    private readonly ByteBuffer _output = new(1 << 20);

    public static int Run(int events)
    {
        var meter = new DocumentMeter();
        meter.Prepare();
        var forms = new (string Name, Action<int> Write)[]
        {
            ("cloudtrail", meter.Writer(new DocumentWriter(DocumentForm.CloudTrail))),
            ("ecs", meter.Writer(new DocumentWriter(DocumentForm.Ecs))),
            ("copy of ecs", i => meter._output.Append(meter._finished[i])),
        };
        var nanoseconds = forms.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round <= Rounds; round++)
        {
            for (var form = 0; form < forms.Length; form++)
            {
                var start = Environment.CpuUsage.UserTime;
                for (var i = 0; i < events / Rounds; i++)
                {
                    meter._output.Clear();
                    forms[form].Write(i % Records);
                }

                // The first round warms up.
                if (round > 0)
                {
                    nanoseconds[form].Add((Environment.CpuUsage.UserTime - start).TotalNanoseconds / (events / Rounds));
                }
            }
        }

        Console.WriteLine($"mean bytes: record {meter._batch.BytesUsed / Records}, ecs document {meter._finished.Sum(document => document.Length) / Records}");
        for (var form = 0; form < forms.Length; form++)
        {
            nanoseconds[form].Sort();
            var ratios = nanoseconds[form][Rounds / 2] / nanoseconds[0][Rounds / 2];
            Console.WriteLine($"{forms[form].Name,-12} {nanoseconds[form][Rounds / 2],8:F0} ns/event  best {nanoseconds[form][0],8:F0}  {ratios,6:F2} x cloudtrail");
        }

        return 0;
    }

    private Action<int> Writer(DocumentWriter writer) => i =>
    {
        var (json, terms) = _attributions[i];
        ref var entry = ref _batch[i];
        writer.Write(_batch.Record(i), in entry.Fields, new AttributionText(json, terms), 1_700_000_000_000, _output);
    };

    private void Prepare()
    {
        var decoder = new EventDecoder();
        var failures = new List<DecodeFailure>();
        var wakes = new List<ulong>();
        using var index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 1_000_000 });
        var attributor = new Attributor(index);
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 42, Events = 20_000 });
        var record = new ByteBuffer();
        var all = new EventBatch();
        while (generator.Next(record, new TrailTruth()))
        {
            decoder.Decode(record.Written, 0, all, failures);
            record.Clear();
        }

        for (var i = 0; i < all.Count; i++)
        {
            if (attributor.IsEvidence(all.Record(i), in all[i].Fields))
            {
                attributor.Learn(all.Record(i), in all[i].Fields, wakes);
                wakes.Clear();
            }
        }

        var writer = new DocumentWriter(DocumentForm.Ecs);
        for (var i = 0; i < Records; i++)
        {
            decoder.Decode(all.Record(i * (all.Count / Records)), i, _batch, failures);
            ref var entry = ref _batch[i];
            var verdict = attributor.Attribute(_batch.Record(i), in entry.Fields, graceOver: true);
            var text = attributor.Write(_batch.Record(i), in entry.Fields, in verdict, 1_700_000_000_000, 1, coveragePartial: false);
            _attributions.Add((text.Json.ToArray(), text.Terms.ToArray()));
            _output.Clear();
            writer.Write(_batch.Record(i), in entry.Fields, text, 1_700_000_000_000, _output);
            _finished.Add(_output.Written.ToArray());
        }
    }
}
