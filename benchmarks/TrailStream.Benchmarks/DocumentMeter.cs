using System.Security.Cryptography;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;
using TrailStream.Testing.Documents;

namespace TrailStream.Benchmarks;

/// <summary>Stage 5 alone: what writing a document costs in each form, and what copying the finished ECS document would, interleaved in rounds on one
/// thread, medians of processor time. Decoded and attributed beforehand. Also a digest of all ECS documents under every choice of options,
/// to see that a change of the writer changed nothing else.</summary>
internal sealed class DocumentMeter
{
    private const int Rounds = 15;

    /// <summary>Small enough for the second-level cache, so that the writers are measured and not the memory.</summary>
    private const int Records = 256;

    private const int Generated = 20_000;

    private const long IngestedAt = 1_700_000_000_000;

    private readonly EventBatch _batch = new();
    private readonly List<(byte[] Json, AttributionTerm[] Terms)> _attributions = [];
    private readonly List<byte[]> _finished = [];
    private readonly ByteBuffer _output = new(1 << 20);

    public static int Run(int events)
    {
        if (RealRecords.All is { Count: >= Records } real)
        {
            new DocumentMeter().Run("real records", real, events);
        }

        new DocumentMeter().Run("generated records", Generate(), events);
        return 0;
    }

    private static List<byte[]> Generate()
    {
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 42, Events = Generated });
        var records = new List<byte[]>();
        var record = new ByteBuffer();
        while (generator.Next(record, new TrailTruth()))
        {
            records.Add(record.Written.ToArray());
            record.Clear();
        }

        return records;
    }

    private void Run(string name, IReadOnlyList<byte[]> records, int events)
    {
        var digest = Prepare(records);
        var forms = new (string Name, Action<int> Write)[]
        {
            ("cloudtrail", Writer(new DocumentWriter(DocumentForm.CloudTrail))),
            ("ecs", Writer(new DocumentWriter(DocumentForm.Ecs))),
            ("copy of ecs", i => _output.Append(_finished[i])),
        };
        var nanoseconds = forms.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round <= Rounds; round++)
        {
            for (var form = 0; form < forms.Length; form++)
            {
                var start = Environment.CpuUsage.UserTime;
                for (var i = 0; i < events / Rounds; i++)
                {
                    _output.Clear();
                    forms[form].Write(i % Records);
                }

                // The first round warms up.
                if (round > 0)
                {
                    nanoseconds[form].Add((Environment.CpuUsage.UserTime - start).TotalNanoseconds / (events / Rounds));
                }
            }
        }

        Console.WriteLine($"{Records} of {records.Count} {name}, digest of all their documents {digest}");
        Console.WriteLine($"mean bytes: record {_batch.BytesUsed / Records}, ecs document {_finished.Sum(document => document.Length) / Records}");
        for (var form = 0; form < forms.Length; form++)
        {
            nanoseconds[form].Sort();
            var ratios = nanoseconds[form][Rounds / 2] / nanoseconds[0][Rounds / 2];
            Console.WriteLine($"{forms[form].Name,-12} {nanoseconds[form][Rounds / 2],8:F0} ns/event  best {nanoseconds[form][0],8:F0}  {ratios,6:F2} x cloudtrail");
        }
    }

    private Action<int> Writer(DocumentWriter writer) => i =>
    {
        var (json, terms) = _attributions[i];
        ref var entry = ref _batch[i];
        writer.Write(_batch.Record(i), in entry.Fields, new AttributionText(json, terms), IngestedAt, _output);
    };

    /// <summary>Every combination of options, the default last.</summary>
    private static IEnumerable<DocumentOptions> EveryChoice() =>
        from original in (bool[])[true, false]
        from identity in Enum.GetValues<IdentityMapping>().Reverse()
        from retain in Enum.GetValues<RetainedCopies>().Reverse()
        select new DocumentOptions(retain, identity, original);

    /// <summary>Makes the documents of every record, and keeps what the rounds need of those spread evenly over them.</summary>
    /// <returns>A digest of all documents.</returns>
    private string Prepare(IReadOnlyList<byte[]> records)
    {
        var decoder = new EventDecoder();
        var failures = new List<DecodeFailure>();
        var wakes = new List<ulong>();
        using var index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 1_000_000 });
        var attributor = new Attributor(index);
        var all = new EventBatch();
        foreach (var record in records)
        {
            decoder.Decode(record, 0, all, failures);
        }

        for (var i = 0; i < all.Count; i++)
        {
            if (attributor.IsEvidence(all.Record(i), in all[i].Fields))
            {
                attributor.Learn(all.Record(i), in all[i].Fields, wakes);
                wakes.Clear();
            }
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var writers = EveryChoice().Select(options => new DocumentWriter(DocumentForm.Ecs, options)).ToList();
        for (var i = 0; i < all.Count; i++)
        {
            ref var entry = ref all[i];
            var verdict = attributor.Attribute(all.Record(i), in entry.Fields, graceOver: true);
            var text = attributor.Write(all.Record(i), in entry.Fields, in verdict, IngestedAt, 1, coveragePartial: false);
            foreach (var writer in writers)
            {
                _output.Clear();
                writer.Write(all.Record(i), in entry.Fields, text, IngestedAt, _output);
                hash.AppendData(_output.Written);
            }

            if (_finished.Count < Records && i == _finished.Count * (all.Count / Records))
            {
                decoder.Decode(all.Record(i), i, _batch, failures);
                _attributions.Add((text.Json.ToArray(), text.Terms.ToArray()));
                _finished.Add(_output.Written.ToArray());
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
