using System.Text.Json;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;
using TrailStream.Testing.Oracle;

namespace TrailStream.Testing.Worlds;

/// <summary>A node that forgets every event when it has written it (but what waits for evidence of other nodes): whatever evidence comes later, only
/// questions to the store and the sweep correct documents. The questions are those of the stream (by key, by name what no key has proven), answered here from the records themselves.</summary>
public sealed class QuestionDriver : IDisposable
{
    private static readonly string[] HalfTold = ["awaiting_twin", "external_account", "twin_matched"];

    private readonly SessionIndex _index;
    private Attributor _attributor;
    private readonly EventDecoder _decoder = new();
    private readonly EventBatch _events = new();
    private readonly List<Written> _written;
    private readonly List<IndexChange> _changes = [];

    /// <summary>The first node.</summary>
    public QuestionDriver(ulong hashSeed)
        : this(hashSeed, new VersionedStore(), [])
    {
    }

    private QuestionDriver(ulong hashSeed, VersionedStore store, List<Written> written)
    {
        _index = new SessionIndex(SessionIndexOptions.Default with { HashSeed = hashSeed, SessionsMax = 1_000_000 });
        (_attributor, Store, _written) = (new Attributor(_index), store, written);
    }

    public VersionedStore Store { get; }

    /// <summary>A node with an index of its own that writes into the same store.</summary>
    public QuestionDriver OtherNode(ulong hashSeed) => new(hashSeed, Store, _written);

    /// <summary>Learns from a record and writes its document.</summary>
    /// <param name="record">The record.</param>
    /// <param name="asks">False for a node that ends before it has asked.</param>
    public void Process(byte[] record, bool asks)
    {
        _index.TracksChanges = asks;
        Learn(record, isRepeat: false);
        for (var i = 0; i < _events.Count; i++)
        {
            using var parsed = JsonDocument.Parse(_events.Record(i).ToArray());
            var written = new Written(this, _events.Record(i).ToArray(), _events[i].Fields, parsed.RootElement);
            _written.Add(written);
            Write(written, graceOver: false);
        }

        Ask();
    }

    /// <summary>Learns from a record that another node has written, and asks for the uses of what is new with it.</summary>
    public void Hear(byte[] record, bool asks)
    {
        _index.TracksChanges = asks;
        Learn(record, isRepeat: false);
        _changes.Clear();
        _index.TakeChanges(_changes);
        AskFor([.. _changes.Where(change => change is not ChangedSession { IsNew: true })]);

        // What this node has written before it heard is in its memory.
        AskFor([.. _changes.Where(change => change is ChangedSession { IsNew: true })], _written.Where(written => written.Writer == this));
    }

    /// <summary>Reads evidence again that another node has heard or learnt, and may not have asked for.</summary>
    public void Repeat(IReadOnlyList<byte[]> records)
    {
        // One that has seen them lately passes over them.
        _attributor = new Attributor(_index);
        _index.TracksChanges = true;
        foreach (var record in records)
        {
            Learn(record, isRepeat: true);
            Ask();
        }

        _changes.Clear();
        _index.FindContradicted(_changes);
        AskFor(_changes);
    }

    /// <summary>Looks at what is not explained; the time for evidence is over.</summary>
    public void Sweep()
    {
        foreach (var written in _written.Where(written => written.Status is "pending" or "partial" or "unattributed"))
        {
            Write(written, graceOver: true);
        }
    }

    public void Dispose() => _index.Dispose();

    private void Learn(byte[] record, bool isRepeat)
    {
        _index.TracksRepeats = isRepeat;
        _events.Clear();
        _decoder.Decode(record, 0, _events, []);
        for (var i = 0; i < _events.Count; i++)
        {
            if (_attributor.IsEvidence(_events.Record(i), in _events[i].Fields))
            {
                _attributor.Learn(_events.Record(i), in _events[i].Fields, []);
            }
        }
    }

    private void Ask()
    {
        _changes.Clear();
        _index.TakeChanges(_changes);
        AskFor(_changes);
    }

    private void AskFor(IReadOnlyList<IndexChange> changes) => AskFor(changes, _written);

    private void AskFor(IReadOnlyList<IndexChange> changes, IEnumerable<Written> documents)
    {
        foreach (var change in changes.Distinct())
        {
            foreach (var written in documents.Where(written => IsConcerned(written, change)))
            {
                Write(written, graceOver: written.Status is "partial" or "unattributed");
            }
        }
    }

    private static bool IsConcerned(Written written, IndexChange change) => change switch
    {
        NamedPrincipal principal => principal.Id == written.OriginId && written.IsHalfTold,
        ChangedSession session => IsConcerned(written, session),
        _ => throw new InvalidOperationException(change.ToString()),
    };

    private static bool IsConcerned(Written written, ChangedSession session)
    {
        if (session.Concerns == ConcernedUses.Named && written.Status is "pending" or "partial" or "unattributed")
        {
            return false;
        }

        var all = session.Concerns is ConcernedUses.All or ConcernedUses.Named;
        if (session.AccessKey.Length > 0)
        {
            var isComplete = written.IsProven && (session.Concerns == ConcernedUses.Unproven || (written.IsExact && !written.IsHalfTold));
            if (((session.AccessKey == written.Key || session.AccessKey == written.SessionKey) && (all || !isComplete))
                || (session.AccessKey == written.IssuedKey && (all || written.IsHalfTold)))
            {
                return true;
            }
        }

        return session.Arn.Length > 0 && session.Arn == written.Arn && (session.MayContradict || !written.IsExact);
    }

    private void Write(Written written, bool graceOver)
    {
        var verdict = _attributor.Attribute(written.Record, in written.Fields, graceOver);
        if (verdict.Rank > written.Rank)
        {
            var text = _attributor.Write(written.Record, in written.Fields, in verdict, 0, 1, coveragePartial: false);
            Store.Write(DocumentId.Own(written.Record, in written.Fields), verdict.Rank, text.Json.ToArray());
            written.Became(AttributionReader.Parse(text.Json.ToArray()), verdict.Rank);
        }
    }

    /// <summary>A document in the store, with what questions look at.</summary>
    private sealed class Written(QuestionDriver writer, byte[] record, RecordFields fields, JsonElement root)
    {
        public readonly RecordFields Fields = fields;

        public QuestionDriver Writer { get; } = writer;

        public byte[] Record { get; } = record;

        public string? Key { get; } = root.TextAt("userIdentity", "accessKeyId");

        public string? Arn { get; } = root.TextAt("userIdentity", "arn");

        public string? IssuedKey { get; } = root.TextAt("responseElements", "credentials", "accessKeyId");

        public long Rank { get; private set; } = -1;

        public string? Status { get; private set; }

        public string? SessionKey { get; private set; }

        public string? OriginId { get; private set; }

        public bool IsProven { get; private set; }

        public bool IsExact { get; private set; }

        public bool IsHalfTold { get; private set; }

        public void Became(JsonElement attribution, long rank)
        {
            (Rank, Status) = (rank, attribution.TextAt("status"));
            (SessionKey, OriginId) = (attribution.TextAt("session", "access_key_id"), attribution.TextAt("origin", "id"));
            IsProven = attribution.TextAt("method") == "access_key" && Status == "attributed";
            IsExact = attribution.TextAt("confidence") == "exact" && attribution.TextAt("method") != "on_behalf_of";
            IsHalfTold = HalfTold.Contains(attribution.TextAt("reason"));
        }
    }
}
