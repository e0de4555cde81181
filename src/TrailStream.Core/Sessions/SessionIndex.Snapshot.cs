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
    internal int Session;
    internal int Principal;
}

/// <content>The index as bytes, chunk by chunk, and back. A chunk is
/// <c>[4 bytes: number of texts]([2 bytes length][bytes])… [4 bytes: number of records]([4 bytes: slab number][4 bytes: hash of the parent's event
/// id][record])…</c>, little-endian; a record is the struct's own bytes with the numbers of its texts replaced by places in the chunk's list. What is derived (tables,
/// lists, counts of children) is not written: it is made anew, under whatever hash seed the new index has. Chunks are taken one lock after the other,
/// so that nobody waits for the whole; what changes meanwhile comes again from the place where the reader of the snapshot goes on.</content>
public sealed partial class SessionIndex
{
    /// <summary>Places of the members named …Text.</summary>
    private static readonly int[] TextPlaces =
    [
        .. typeof(SessionRecord).GetFields().Where(field => field.Name.EndsWith("Text", StringComparison.Ordinal))
            .Select(field => (int)Marshal.OffsetOf<SessionRecord>(field.Name)),
    ];

    // Slab number in the snapshot → here, while one is being loaded.
    private readonly Dictionary<int, int> _loaded = [];
    private readonly List<(int Session, int OldParent, uint ParentHash)> _loadedParents = [];

    /// <summary>Tells layouts of the records apart: a snapshot of another one cannot be read.</summary>
    public static string SnapshotLayout { get; } = Signature();

    /// <summary>Under the read lock: appends sessions, then principals, from <paramref name="cursor"/> on.</summary>
    /// <returns>False when there was nothing left.</returns>
    public bool WriteChunk(ref SnapshotCursor cursor, int records, ByteBuffer output)
    {
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
            Append(body, cursor.Session);
            Append(body, record.Parent == 0 ? 0 : (int)HashOfEvent(in _records[record.Parent]));
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
        if (records < 0)
        {
            ReadPrincipals(texts);
            records = 0;
        }

        for (var i = 0; i < records; i++)
        {
            var number = BinaryPrimitives.ReadInt32LittleEndian(Take(ref chunk, 4));
            var parentHash = BinaryPrimitives.ReadUInt32LittleEndian(Take(ref chunk, 4));
            var record = MemoryMarshal.Read<SessionRecord>(Take(ref chunk, Unsafe.SizeOf<SessionRecord>()));
            foreach (var place in TextPlaces)
            {
                ref var text = ref Text(ref record, place);
                text = text == 0 ? 0 : Texts.Share(texts[text - 1]);
            }

            Load(number, parentHash, record);
        }

        foreach (var text in texts)
        {
            Texts.Release(text);
        }
    }

    /// <summary>Under the write lock: ties the loaded sessions together.</summary>
    public void EndLoad()
    {
        // By number, not by looking: a parent may have expired, and what led to a link (or against one) may be gone.
        foreach (var (session, oldParent, hash) in _loadedParents)
        {
            if (_loaded.TryGetValue(oldParent, out var parent) && parent != session && HashOfEvent(in _records[parent]) == hash)
            {
                SetParent(session, parent);
            }
        }

        foreach (var session in _loaded.Values)
        {
            Wait(session);
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
        _loadedParents.Clear();
    }

    /// <summary>Sets a session's chain as it was. It is looked for anew only where the snapshot contradicts itself, because evidence came between two of
    /// its chunks: without a parent that is there now, or with one that the evidence no longer leads to.</summary>
    private bool Restore(int session)
    {
        ref var record = ref _records[session];
        if (!record.Has(SessionStates.CallerIsSession))
        {
            return Relink(session);
        }

        if (record.Parent == 0)
        {
            // These were proven by grants that may have expired since.
            return record.LinkReason is not (AttributionReason.Ambiguous or AttributionReason.Conflict or AttributionReason.RoleMismatch
                or AttributionReason.IssuedAtMismatch or AttributionReason.UsedBeforeGrant or AttributionReason.UsedAfterExpiry
                or AttributionReason.Cycle) && Relink(session);
        }

        if (_records[record.Parent].Has(SessionStates.Listed) && Join(QueryOfCaller(in record, session)).Session != record.Parent)
        {
            return Relink(session);
        }

        ref var parent = ref _records[record.Parent];
        var before = (record.Head, record.Depth, record.ChainConfidence);
        var link = record.LinkMethod == AttributionMethod.AccessKey ? AttributionConfidence.Exact : AttributionConfidence.Strong;
        record.Head = parent.Has(SessionStates.Conflict) ? 0 : parent.Head;
        record.Depth = parent.Depth + 1;
        record.ChainConfidence = (AttributionConfidence)Math.Min((byte)link, (byte)parent.ChainConfidence);
        record.State = record.Head != 0 ? record.State | SessionStates.Resolved : record.State & ~SessionStates.Resolved;
        return before != (record.Head, record.Depth, record.ChainConfidence);
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

    /// <summary>Independent of the seed: tells whether a slab number still means the session that it meant when a child was written.</summary>
    private uint HashOfEvent(in SessionRecord record) => (uint)Hashing.Of(Texts[record.EventIdText], 0) | 1;

    private void Load(int number, uint parentHash, SessionRecord record)
    {
        // A record may come twice when sessions moved between two chunks: the first stays.
        if (_loaded.ContainsKey(number) || (record.Key != default && _byKey.Find(record.Key) != 0 && record.Has(SessionStates.Listed)))
        {
            ReleaseTexts(in record);
            return;
        }

        if (record.Parent != 0)
        {
            _loadedParents.Add((0, record.Parent, parentHash));
        }

        record.Parent = record.Head = record.Children = 0;
        record.NextInSecond = record.NextInBucket = 0;
        var session = _records.Allocate();
        _records[session] = record;
        _loaded.Add(number, session);
        if (_loadedParents.Count > 0 && _loadedParents[^1].Session == 0)
        {
            _loadedParents[^1] = _loadedParents[^1] with { Session = session };
        }

        if (record.CallerType is OriginType.IAMUser or OriginType.SAMLUser)
        {
            LearnName(Texts[record.CallerNameText]);
        }

        if (record.Has(SessionStates.Listed))
        {
            ListLoaded(session);
        }
    }

    private void ListLoaded(int session)
    {
        ref var record = ref _records[session];
        if (record.Key != default)
        {
            _byKey.Set(record.Key, session);
        }

        if (record.RoleNameText != 0)
        {
            var key = new Key80(EvidenceOfSecond(in record, record.IssuedAt), 0);
            record.NextInSecond = _bySecond.Find(key);
            _bySecond.Set(key, session);
        }

        FileByExpiry(session);
    }

    /// <summary>Behind the last session: <c>[4 bytes: number of texts]… [4 bytes: -1]</c>, four texts a principal: id, ARN, name, account.</summary>
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

        Append(output, -1);
        return true;
    }

    private void ReadPrincipals(int[] texts)
    {
        for (var i = 0; i + 3 < texts.Length; i += 4)
        {
            Principals.Learn(Texts[texts[i]], Texts[texts[i + 1]], Texts[texts[i + 2]], Texts[texts[i + 3]]);
            LearnName(Texts[texts[i + 2]]);
        }
    }
}
