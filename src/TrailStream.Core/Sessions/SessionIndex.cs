namespace TrailStream.Core.Sessions;

/// <summary>The sliding index of issued credentials, shared by all workers. All of it lives in unmanaged memory: no object per session.
/// Many may read at once, one may write: callers take the lock once a batch, so that the cost per event is nothing and a reader sees
/// whole entries and whole chains. Everything but the counters must be called under it.</summary>
public sealed partial class SessionIndex : IDisposable
{
    /// <summary>Two clocks of one second resolution: measured in real data, a grant's eventTime may be 1 s after the session's creationDate.</summary>
    public const int ToleranceSeconds = 2;

    /// <summary>Sessions are listed by spans of eight seconds: whatever lies within twice the tolerance of a time, on either side of it, is in two of
    /// them.</summary>
    private const long SpanSeconds = 8;

    private const ushort ClaimTag = 1;

    private readonly ReaderWriterLockSlim _lock = new(LockRecursionPolicy.NoRecursion);
    private readonly Slab<SessionRecord> _records = new();
    private readonly KeyTable _byKey;
    private readonly KeyTable _bySpan;
    private readonly KeyTable _waiters;
    private readonly KeyTable _names;
    private readonly ulong _seed;

    public SessionIndex(SessionIndexOptions options)
    {
        Options = options;
        _seed = options.HashSeed;
        Texts = new TextPool(_seed);
        _byKey = new KeyTable(_seed);
        _bySpan = new KeyTable(_seed);
        _waiters = new KeyTable(_seed);
        _names = new KeyTable(_seed);
        Principals = new PrincipalMap(_seed, Texts);
        _buckets = new int[BucketCount];
    }

    public SessionIndexOptions Options { get; }

    /// <summary>Sessions held now, those included that live on only for the sessions below them.</summary>
    public int Count => _records.Count;

    /// <summary>Unmanaged memory.</summary>
    public long Bytes => _records.Bytes + _byKey.Bytes + _bySpan.Bytes + _waiters.Bytes + _names.Bytes + Texts.Bytes;

    /// <summary>Sessions that left before their time because the index was full.</summary>
    public long EvictedFull { get; private set; }

    /// <summary>Sessions that left because their time was over.</summary>
    public long Expired { get; private set; }

    internal TextPool Texts { get; }

    internal PrincipalMap Principals { get; }

    public void EnterRead() => _lock.EnterReadLock();

    public void ExitRead() => _lock.ExitReadLock();

    public void EnterWrite() => _lock.EnterWriteLock();

    public void ExitWrite() => _lock.ExitWriteLock();

    internal ref SessionRecord this[int session] => ref _records[session];

    public void Dispose()
    {
        _lock.Dispose();
        _records.Dispose();
        _byKey.Dispose();
        _bySpan.Dispose();
        _waiters.Dispose();
        _names.Dispose();
        Texts.Dispose();
        Principals.Dispose();
    }

    /// <summary>Evidence hash of an issued key: what events signed with it wait for.</summary>
    internal ulong KeyEvidence(Key80 key) => key == default ? 0 : Hashing.Combine(Hashing.Combine(_seed ^ 1, key.Low), key.High);

    /// <summary>Evidence hash of a session: account, role name and session name of the assumed-role ARN, and the span of seconds in which it was made.</summary>
    internal ulong SpanEvidence(ReadOnlySpan<byte> account, ReadOnlySpan<byte> role, ReadOnlySpan<byte> session, long second)
    {
        var hash = Hashing.Of(account, _seed ^ 2);
        hash = Hashing.Combine(hash, Hashing.Of(role, _seed));
        hash = Hashing.Combine(hash, Hashing.Of(session, _seed));
        return Hashing.Combine(hash, (ulong)(second & ~(SpanSeconds - 1)));
    }

    /// <summary>Evidence hash of a principal id: what the poor record of a cross-account call waits for.</summary>
    internal ulong PrincipalEvidence(ReadOnlySpan<byte> principalId) => Hashing.Of(principalId, _seed ^ 3);

    /// <summary>The listed session that a key was issued for, or 0.</summary>
    internal int Find(Key80 key) => _byKey.Find(key);

    /// <summary>First listed session of that identity and span; the rest follow by <see cref="SessionRecord.NextInSpan"/>.</summary>
    internal int FirstInSpan(ulong evidence) => _bySpan.Find(new Key80(evidence, 0));

    /// <summary>First onBehalfOf claim about a session of that identity and span; the rest follow likewise. Apart from the grants, so that
    /// looking for the few does not mean walking over the many.</summary>
    internal int FirstClaim(ulong evidence) => _bySpan.Find(new Key80(evidence, ClaimTag));

    /// <summary>Remembers a person's name, to tell a borrowed session name from a made-up one. Wakes the sessions that bear it. Few new names are any
    /// session's; for one that is, the whole index is looked through, milliseconds for a million sessions.</summary>
    internal void LearnName(ReadOnlySpan<byte> name, List<ulong> wakes)
    {
        var text = KeepName(name) ? Texts.Find(name) : 0;
        if (!Texts.IsSessionName(text))
        {
            return;
        }

        for (var i = 1; i <= _records.Last; i++)
        {
            if (_records[i].SessionNameText == text)
            {
                Spread(i, wakes);
            }
        }
    }

    /// <returns>True when it is new.</returns>
    private bool KeepName(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > 128 || _names.Count >= NamesMax || IsPersonName(name))
        {
            return false;
        }

        _names.Set(new Key80(NameEvidence(name), 0), 1);
        return true;
    }

    /// <summary>The issued key as text: kept only where it cannot be made from the table's key.</summary>
    /// <param name="record">The session.</param>
    /// <param name="exact">Room for <see cref="AccessKeys.TextLength"/> bytes.</param>
    internal ReadOnlySpan<byte> IssuedKeyOf(in SessionRecord record, Span<byte> exact)
    {
        if (!AccessKeys.IsExact(record.Key))
        {
            return Texts[record.IssuedKeyText];
        }

        AccessKeys.Write(record.Key, exact);
        return exact;
    }

    /// <summary>The id of the event that a session was read from; empty without one.</summary>
    /// <param name="record">The session.</param>
    /// <param name="room">Room for <see cref="EventIds.TextLength"/> bytes.</param>
    internal ReadOnlySpan<byte> EventIdOf(in SessionRecord record, Span<byte> room)
    {
        if (record.EventIdHigh == 0)
        {
            return Texts[record.EventIdText];
        }

        EventIds.Write(record.EventIdHigh, record.EventIdLow, room);
        return room;
    }

    /// <summary>Takes an event id into a draft.</summary>
    internal void SetEventId(ref SessionRecord draft, ReadOnlySpan<byte> id)
    {
        if (EventIds.TryParse(id, out var high, out var low))
        {
            (draft.EventIdHigh, draft.EventIdLow) = (high, low);
        }
        else
        {
            draft.EventIdText = Texts.Intern(id);
        }
    }

    /// <summary>In the order of the texts.</summary>
    internal int CompareEventIds(in SessionRecord a, in SessionRecord b)
    {
        if (a.EventIdHigh != 0 && b.EventIdHigh != 0)
        {
            var order = a.EventIdHigh.CompareTo(b.EventIdHigh);
            return order != 0 ? order : a.EventIdLow.CompareTo(b.EventIdLow);
        }

        Span<byte> roomOfA = stackalloc byte[EventIds.TextLength];
        Span<byte> roomOfB = stackalloc byte[EventIds.TextLength];
        return EventIdOf(in a, roomOfA).SequenceCompareTo(EventIdOf(in b, roomOfB));
    }

    internal static bool IsSameEvent(in SessionRecord a, in SessionRecord b) =>
        a.EventIdHigh == b.EventIdHigh && a.EventIdLow == b.EventIdLow && a.EventIdText == b.EventIdText;

    internal bool IsPersonName(ReadOnlySpan<byte> name) => _names.Find(new Key80(NameEvidence(name), 0)) != 0;

    internal ulong NameEvidence(ReadOnlySpan<byte> name) => Hashing.Of(name, _seed ^ 4);

    private static Key80 SpanKey(in SessionRecord record, ulong evidence) => new(evidence, record.Action == GrantAction.OnBehalfOf ? ClaimTag : (ushort)0);
}
