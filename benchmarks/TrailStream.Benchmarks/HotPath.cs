using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;

namespace TrailStream.Benchmarks;

/// <summary>Stages 2 to 5 on one thread over generated records, as a partition's actor runs them.</summary>
internal sealed class HotPath : IDisposable
{
    private readonly List<byte[]> _records = [];
    private readonly EventDecoder _decoder = new();
    private readonly EventBatch _batch = new();
    private readonly List<DecodeFailure> _failures = [];
    private readonly List<ulong> _wakes = [];
    private readonly SessionIndex _index = new(SessionIndexOptions.Default with { SessionsMax = 1_000_000 });
    private readonly Attributor _attributor;
    private readonly DocumentWriter _documents;
    private readonly ByteBuffer _output = new(4 << 20);

    /// <param name="form">The documents' form.</param>
    /// <param name="events">Records to go round.</param>
    /// <param name="actionsOnly">Leaves out the events that teach the index (it has learnt from them): the steady state of an action event.</param>
    public HotPath(DocumentForm form, int events, bool actionsOnly)
    {
        _attributor = new Attributor(_index);
        _documents = new DocumentWriter(form);
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 42, Events = events });
        var buffer = new ByteBuffer();
        var truth = new TrailTruth();
        while (generator.Next(buffer, truth))
        {
            _records.Add(buffer.Written.ToArray());
            buffer.Clear();
        }

        Learn();
        if (actionsOnly)
        {
            _records.RemoveAll(IsEvidence);
        }
    }

    public int Records => _records.Count;

    public long InputBytes => _records.Sum(record => (long)record.Length);

    /// <summary>One record through decode, attribute and enrich.</summary>
    public int Run(int number)
    {
        _batch.Clear();
        _output.Clear();
        _decoder.Decode(_records[number % _records.Count], number, _batch, _failures);
        for (var i = 0; i < _batch.Count; i++)
        {
            ref var entry = ref _batch[i];
            var record = _batch.Record(i);
            var verdict = _attributor.Attribute(record, in entry.Fields, graceOver: true);
            var text = _attributor.Write(record, in entry.Fields, in verdict, 1_700_000_000_000, 1, coveragePartial: false);
            _documents.Write(record, in entry.Fields, text, 1_700_000_000_000, _output);
        }

        return _output.Length;
    }

    public void Dispose() => _index.Dispose();

    private void Learn()
    {
        foreach (var record in _records)
        {
            _batch.Clear();
            _decoder.Decode(record, 0, _batch, _failures);
            for (var i = 0; i < _batch.Count; i++)
            {
                ref var entry = ref _batch[i];
                if (_attributor.IsEvidence(_batch.Record(i), in entry.Fields))
                {
                    _attributor.Learn(_batch.Record(i), in entry.Fields, _wakes);
                    _wakes.Clear();
                }
            }
        }
    }

    private bool IsEvidence(byte[] record)
    {
        _batch.Clear();
        _decoder.Decode(record, 0, _batch, _failures);
        return _batch.Count != 1 || Evidence.ActionOf(_batch.Record(0), in _batch[0].Fields) != GrantAction.None;
    }
}
