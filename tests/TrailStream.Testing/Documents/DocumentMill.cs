using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;

namespace TrailStream.Testing.Documents;

/// <summary>A record as the decoder gave it and the document that the product makes of it.</summary>
public sealed record MilledDocument(byte[] Record, byte[] Document, string Id, long EventTime);

/// <summary>Records through decode, index, attribute and enrich, as a partition's actor runs them. What no decoder takes is left out.</summary>
public sealed class DocumentMill(DocumentOptions options) : IDisposable
{
    /// <summary>2026-11-23T10:19:01.480Z.</summary>
    private const long IngestedAt = 1_795_429_141_480;

    private readonly EventDecoder _decoder = new();
    private readonly EventBatch _batch = new();
    private readonly List<DecodeFailure> _failures = [];
    private readonly List<ulong> _wakes = [];
    private readonly SessionIndex _index = new(SessionIndexOptions.Default with { SessionsMax = 1_000_000 });
    private readonly DocumentWriter _writer = new(DocumentForm.Ecs, options);
    private readonly ByteBuffer _output = new();
    private int _number;

    /// <summary>Made-up records of one seed.</summary>
    public static IEnumerable<byte[]> Generate(ulong seed, long events)
    {
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = seed, Events = events });
        var record = new ByteBuffer();
        var truth = new TrailTruth();
        while (generator.Next(record, truth))
        {
            yield return record.Written.ToArray();
            record.Clear();
        }
    }

    public IEnumerable<MilledDocument> Documents(IEnumerable<byte[]> records)
    {
        var attributor = new Attributor(_index);
        foreach (var record in records)
        {
            _batch.Clear();
            _failures.Clear();
            _decoder.Decode(record, 0, _batch, _failures);
            for (var i = 0; i < _batch.Count; i++)
            {
                yield return Make(attributor, i);
            }
        }
    }

    public void Dispose() => _index.Dispose();

    private MilledDocument Make(Attributor attributor, int i)
    {
        ref var entry = ref _batch[i];
        var record = _batch.Record(i);
        if (attributor.IsEvidence(record, in entry.Fields))
        {
            attributor.Learn(record, in entry.Fields, _wakes);
            _wakes.Clear();
        }

        var verdict = attributor.Attribute(record, in entry.Fields, graceOver: true);
        var text = attributor.Write(record, in entry.Fields, in verdict, IngestedAt, 1, coveragePartial: true);
        _output.Clear();
        _writer.Write(record, in entry.Fields, text, IngestedAt, _output);

        // Numbered: many of the real records share an eventID.
        var own = DocumentId.Own(record, in entry.Fields);
        var id = $"{(own.IsEmpty ? "none" : System.Text.Encoding.UTF8.GetString(own))}:{_number++}";
        return new MilledDocument(record.ToArray(), _output.Written.ToArray(), id, entry.EventTime);
    }
}
