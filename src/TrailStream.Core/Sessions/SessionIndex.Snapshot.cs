using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using TrailStream.Core.Attribution;
using TrailStream.Core.Documents;

namespace TrailStream.Core.Sessions;

/// <summary>How far a snapshot has come: <c>default</c> at its beginning.</summary>
public struct SnapshotCursor
{
    internal bool IsBegun;
    internal int Session;
    internal int Principal;
}

/// <content>The index as bytes, chunk by chunk, and back. A chunk is
/// <c>[4 bytes: number of texts]([2 bytes length][bytes])… [4 bytes: number of records]([4 bytes: slab number, negative unless its key leads
/// here][4 bytes: hash of the parent's event id][4 bytes: of the claim's][record])…</c>, little-endian; a record is the struct's own bytes with the
/// numbers of its texts replaced by places in the chunk's list. What is derived (tables, lists, counts of children) is not written: it is made
/// anew, under whatever hash seed the new index has. Chunks are taken one lock after the other,
/// so that nobody waits for the whole; what changes meanwhile comes again from the place where the reader of the snapshot goes on.</content>
public sealed partial class SessionIndex
{
    /// <summary>Places of the members named …Text.</summary>
    private static readonly int[] TextPlaces =
    [
        .. typeof(SessionRecord).GetFields().Where(field => field.Name.EndsWith("Text", StringComparison.Ordinal))
            .Select(field => (int)Marshal.OffsetOf<SessionRecord>(field.Name)),
    ];

    // Instead of a number of records.
    private const int PrincipalsMark = -1;
    private const int TimesMark = -2;

    // Slab number in the snapshot → here, while one is being loaded.
    private readonly Dictionary<int, int> _loaded = [];
    private readonly List<LoadedLinks> _loadedLinks = [];

    /// <summary>Tells layouts of the records apart: a snapshot of another one cannot be read.</summary>
    public static string SnapshotLayout { get; } = Signature();

    /// <summary>Under the read lock: appends sessions, then principals, from <paramref name="cursor"/> on.</summary>
    /// <returns>False when there was nothing left.</returns>
    public bool WriteChunk(ref SnapshotCursor cursor, int records, ByteBuffer output)
    {
        if (!cursor.IsBegun)
        {
            cursor.IsBegun = true;
            WriteTimes(output);
            return true;
        }

        var texts = new Dictionary<int, int>();
        var names = new ByteBuffer(64 * 1024);
        var body = new ByteBuffer(256 * 1024);
        var count = 0;
        while (cursor.Session < _records.Last && count < records)
        {
            ref var record = ref _records[++cursor.Session];
            if (record.Action == GrantAction.None)
            {
                continue;
            }

            count++;
            Append(body, record.Key != default && _byKey.Find(record.Key) == cursor.Session ? cursor.Session : -cursor.Session);
            Append(body, HashOfEvent(record.Parent));
            Append(body, HashOfEvent(record.Claim));
            var copy = record;
            foreach (var place in TextPlaces)
            {
                ref var text = ref Text(ref copy, place);
                text = PlaceOf(text, texts, names);
            }

            body.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<SessionRecord>(in copy)));
        }

        if (count == 0)
        {
            return WritePrincipals(ref cursor.Principal, records, output);
        }

        Append(output, texts.Count);
        output.Append(names.Written);
        Append(output, count);
        output.Append(body.Written);
        return true;
    }

    /// <summary>Under the write lock, into an empty index: takes one chunk in. After the last one call <see cref="EndLoad"/>.</summary>
    /// <exception cref="InvalidDataException">The chunk is not what <see cref="WriteChunk"/> wrote; the index must be thrown away.</exception>
    public void ReadChunk(ReadOnlySpan<byte> chunk)
    {
        var texts = new int[CountOf(ref chunk)];
        for (var i = 0; i < texts.Length; i++)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(Take(ref chunk, 2));
            texts[i] = Texts.Intern(Take(ref chunk, length));
        }

        var records = CountOf(ref chunk);
        if (records == PrincipalsMark)
        {
            ReadPrincipals(texts);
        }
        else if (records == TimesMark)
        {
            _firstKept = BinaryPrimitives.ReadInt64LittleEndian(Take(ref chunk, 8));
            _evictedUntil = BinaryPrimitives.ReadInt64LittleEndian(Take(ref chunk, 8));
        }

        for (var i = 0; i < records; i++)
        {
            var number = BinaryPrimitives.ReadInt32LittleEndian(Take(ref chunk, 4));
            var parentHash = CountOf(ref chunk);
            var claimHash = CountOf(ref chunk);
            var record = MemoryMarshal.Read<SessionRecord>(Take(ref chunk, Unsafe.SizeOf<SessionRecord>()));
            foreach (var place in TextPlaces)
            {
                ref var text = ref Text(ref record, place);
                text = text == 0 ? 0 : Texts.Share(texts[text - 1]);
            }

            Load(number, record, parentHash, claimHash);
        }

        foreach (var text in texts)
        {
            Texts.Release(text);
        }
    }

    /// <summary>Under the write lock: ties the loaded sessions together.</summary>
    public void EndLoad()
    {
        // By number, not by looking: a parent may have expired, and what led to a link (or against one) may be gone. Heads too, before anything is
        // looked at: whether two sessions contradict one another depends on where they lead.
        foreach (var links in _loadedLinks)
        {
            SetParent(links.Session, Loaded(links.Parent, links.ParentHash, links.Session));
            SetClaim(links.Session, Loaded(links.Claim, links.ClaimHash, links.Session));
            _records[links.Session].Head = _loaded.GetValueOrDefault(links.Head);
        }

        // From the head of each chain downwards, because a session takes its head and depth from its parent; again as long as one moves. A chain of
        // more than 16 moves is set by its next evidence.
        var order = FromHeadsDown();
        for (var (round, isMoving) = (0, true); isMoving && round < 16; round++)
        {
            isMoving = false;
            foreach (var session in order)
            {
                isMoving |= Restore(session);
            }
        }

        foreach (var session in order)
        {
            FreeIfUnused(session);
        }

        _orphans.Clear();
        _loaded.Clear();
        _loadedLinks.Clear();
    }

    private int Loaded(int number, int hash, int by) =>
        number != 0 && _loaded.TryGetValue(number, out var session) && session != by && HashOfEvent(session) == hash ? session : 0;

    /// <summary>Sets a session's chain as it was. Its caller is looked for anew only where the snapshot contradicts itself, because evidence came between
    /// two of its chunks.</summary>
    private bool Restore(int session)
    {
        ref var record = ref _records[session];
        if (!record.Has(SessionStates.CallerIsSession) || IsOutdated(session))
        {
            return Relink(session);
        }

        var before = Summary(in record);
        var join = new SessionJoin(record.Parent, record.LinkMethod, record.LinkReason)
        {
            Claim = record.Claim,
            Claims = record.LinkClaims,
            Weight = record.LinkWeight,
        };
        SetHead(session, in join, isCircle: record.LinkReason == AttributionReason.Cycle);
        return before != Summary(in record);
    }

    /// <summary>Without a parent or claim that is there now, or with a parent that the evidence no longer leads to. What was proven against a link stays:
    /// the grants that did may have expired since.</summary>
    private bool IsOutdated(int session)
    {
        ref var record = ref _records[session];
        var join = Join(QueryOfCaller(in record, session));
        if (record.Claim == 0 && record.LinkClaims != ClaimState.Several && join.Claim != 0)
        {
            return true;
        }

        if (record.Parent != 0)
        {
            return _records[record.Parent].Has(SessionStates.Listed) && join.Session != record.Parent;
        }

        return record.LinkReason switch
        {
            AttributionReason.None or AttributionReason.NoGrant or AttributionReason.NoKeyNoSession => join.Session != 0,
            AttributionReason.KeyMatched or AttributionReason.SessionMatched or AttributionReason.ConsoleSwitch => true,
            _ => false,
        };
    }

    private List<int> FromHeadsDown()
    {
        var order = new List<int>(_loaded.Count);
        var seen = new HashSet<int>();
        var way = new Stack<int>();
        foreach (var session in _loaded.Values)
        {
            for (var above = session; above != 0 && seen.Add(above); above = _records[above].Parent)
            {
                way.Push(above);
            }

            while (way.TryPop(out var next))
            {
                order.Add(next);
            }
        }

        return order;
    }

    private static string Signature()
    {
        var text = new StringBuilder("1;");
        foreach (var field in typeof(SessionRecord).GetFields())
        {
            text.Append(CultureInfo.InvariantCulture, $"{field.Name}:{field.FieldType.Name}:{Marshal.OffsetOf<SessionRecord>(field.Name)}");
            text.AppendJoin(',', field.FieldType.IsEnum ? Enum.GetNames(field.FieldType) : []).Append(';');
        }

        return text.ToString();
    }

    private static ref int Text(ref SessionRecord record, int place) =>
        ref Unsafe.As<byte, int>(ref Unsafe.AddByteOffset(ref Unsafe.As<SessionRecord, byte>(ref record), place));

    private static int CountOf(ref ReadOnlySpan<byte> chunk) => BinaryPrimitives.ReadInt32LittleEndian(Take(ref chunk, 4));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> chunk, int length)
    {
        if (length < 0 || length > chunk.Length)
        {
            throw new InvalidDataException("A chunk of the snapshot is cut short.");
        }

        var taken = chunk[..length];
        chunk = chunk[length..];
        return taken;
    }

    private static void Append(ByteBuffer output, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.Reserve(4), number);
        output.Advance(4);
    }

    private int PlaceOf(int text, Dictionary<int, int> texts, ByteBuffer names)
    {
        if (text == 0)
        {
            return 0;
        }

        if (!texts.TryGetValue(text, out var place))
        {
            place = texts.Count + 1;
            texts.Add(text, place);
            BinaryPrimitives.WriteUInt16LittleEndian(names.Reserve(2), (ushort)Texts[text].Length);
            names.Advance(2);
            names.Append(Texts[text]);
        }

        return place;
    }

    /// <summary>Independent of the seed, 0 for none: tells whether a slab number still means the session that it meant when a child was written.</summary>
    private int HashOfEvent(int session) => session == 0 ? 0 : (int)Hashing.Of(Texts[_records[session].EventIdText], 0) | 1;

    private void Load(int number, SessionRecord record, int parentHash, int claimHash)
    {
        // Negative: not the one that the key leads to (none has a key, or two sessions have one).
        var isKeyed = number > 0;
        number = Math.Abs(number);

        // A session may come twice when it was given up and learnt again between two chunks: the first stays.
        if (_loaded.ContainsKey(number) || (isKeyed && _byKey.Find(record.Key) != 0))
        {
            ReleaseTexts(in record);
            return;
        }

        var session = _records.Allocate();
        _loaded.Add(number, session);
        _loadedLinks.Add(new LoadedLinks(session, record.Parent, parentHash, record.Claim, claimHash, record.Head));

        record.Parent = record.Claim = record.Head = record.Children = record.NextInBucket = 0;
        _records[session] = record;
        if (record.CallerType is OriginType.IAMUser or OriginType.SAMLUser)
        {
            KeepName(Texts[record.CallerNameText]);
        }

        if (!record.Has(SessionStates.Listed))
        {
            _records[session].NextInSecond = 0;
            Wait(session);
            return;
        }

        if (isKeyed)
        {
            _byKey.Set(record.Key, session);
        }

        List(session);
        FileByExpiry(session);
    }

    /// <summary>Before the first session: <c>[4 bytes: 0][4 bytes: mark][8 bytes][8 bytes]</c>.</summary>
    private void WriteTimes(ByteBuffer output)
    {
        Append(output, 0);
        Append(output, TimesMark);
        foreach (var time in (ReadOnlySpan<long>)[_firstKept, _evictedUntil])
        {
            BinaryPrimitives.WriteInt64LittleEndian(output.Reserve(8), time);
            output.Advance(8);
        }
    }

    /// <summary>Behind the last session: <c>[4 bytes: number of texts]… [4 bytes: mark]</c>, four texts a principal: id, ARN, name, account.</summary>
    private bool WritePrincipals(ref int written, int most, ByteBuffer output)
    {
        var count = Math.Min(most, Principals.Count - written);
        if (count <= 0)
        {
            return false;
        }

        Append(output, count * 4);
        for (var end = written + count; written < end;)
        {
            ref var record = ref Principals[++written];
            foreach (var text in (ReadOnlySpan<int>)[record.IdText, record.ArnText, record.NameText, record.AccountText])
            {
                BinaryPrimitives.WriteUInt16LittleEndian(output.Reserve(2), (ushort)Texts[text].Length);
                output.Advance(2);
                output.Append(Texts[text]);
            }
        }

        Append(output, PrincipalsMark);
        return true;
    }

    private void ReadPrincipals(int[] texts)
    {
        for (var i = 0; i + 3 < texts.Length; i += 4)
        {
            Principals.Learn(Texts[texts[i]], Texts[texts[i + 1]], Texts[texts[i + 2]], Texts[texts[i + 3]]);
            KeepName(Texts[texts[i + 2]]);
        }
    }

    /// <summary>Whom a loaded session named, by number in the snapshot.</summary>
    private readonly record struct LoadedLinks(int Session, int Parent, int ParentHash, int Claim, int ClaimHash, int Head);
}
