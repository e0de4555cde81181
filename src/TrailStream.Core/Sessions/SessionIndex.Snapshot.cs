using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using TrailStream.Core.Documents;

namespace TrailStream.Core.Sessions;

/// <summary>How far a snapshot has come: <c>default</c> at its beginning.</summary>
public struct SnapshotCursor
{
    internal bool IsBegun;
    internal bool IsEnded;
    internal int Session;
    internal int Principal;
}

/// <content>The index as bytes, chunk by chunk, and back. A chunk is
/// <c>[4 bytes: number of texts]([2 bytes length][bytes])… [4 bytes: number of records]([4 bytes: slab number, negative unless its key leads
/// here][4 bytes: hash of the parent's event id][4 bytes: of the claim's][record])…</c>, little-endian; a record is the struct's own bytes with the
/// numbers of its texts replaced by places in the chunk's list. Links and places in lists are the numbers they were; tables and counts of children are
/// made anew, under whatever hash seed the new index has. Chunks are taken one lock after the other,
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

    // While a snapshot is being written: sessions whose change was carried on since it was begun.
    private HashSet<int>? _touched;

    /// <summary>Tells layouts of the records apart: a snapshot of another one cannot be read.</summary>
    public static string SnapshotLayout { get; } = Signature();

    /// <summary>Under the read lock, one snapshot at a time: appends sessions, then principals, then times, from <paramref name="cursor"/> on.</summary>
    /// <returns>False when there was nothing left.</returns>
    public bool WriteChunk(ref SnapshotCursor cursor, int records, ByteBuffer output)
    {
        if (!cursor.IsBegun)
        {
            cursor.IsBegun = true;
            _touched = [];
        }

        if (cursor.IsEnded)
        {
            // A session that came since then would not be known to have come: it is left to who reads on.
            return false;
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
            return WritePrincipals(ref cursor.Principal, records, output) || WriteTimes(ref cursor, output);
        }

        Append(output, texts.Count);
        output.Append(names.Written);
        Append(output, count);
        output.Append(body.Written);
        return true;
    }

    private static string Signature()
    {
        var text = new StringBuilder("3;");
        foreach (var field in typeof(SessionRecord).GetFields())
        {
            text.Append(CultureInfo.InvariantCulture, $"{field.Name}:{field.FieldType.Name}:{Marshal.OffsetOf<SessionRecord>(field.Name)}");
            text.AppendJoin(',', field.FieldType.IsEnum ? Enum.GetNames(field.FieldType) : []).Append(';');
        }

        return text.ToString();
    }

    private static ref int Text(ref SessionRecord record, int place) =>
        ref Unsafe.As<byte, int>(ref Unsafe.AddByteOffset(ref Unsafe.As<SessionRecord, byte>(ref record), place));

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
    private int HashOfEvent(int session)
    {
        Span<byte> room = stackalloc byte[EventIds.TextLength];
        return session == 0 ? 0 : (int)Hashing.Of(EventIdOf(in _records[session], room), 0) | 1;
    }

    /// <summary>Last, because sessions that have left while the others were written must not be thought to be there: <c>[4 bytes: 0][4 bytes: mark]
    /// [8 bytes]… four times [4 bytes: first session of a bucket]… 256 times [4 bytes: number of sessions touched][4 bytes each]</c>.</summary>
    private bool WriteTimes(ref SnapshotCursor cursor, ByteBuffer output)
    {
        cursor.IsEnded = true;
        Append(output, 0);
        Append(output, TimesMark);
        foreach (var time in (ReadOnlySpan<long>)[_firstKept, _evictedUntil, _oldestBucket, _newestBucket])
        {
            BinaryPrimitives.WriteInt64LittleEndian(output.Reserve(8), time);
            output.Advance(8);
        }

        foreach (var first in _buckets)
        {
            Append(output, first);
        }

        Append(output, _touched?.Count ?? 0);
        foreach (var session in _touched ?? [])
        {
            Append(output, session);
        }

        _touched = null;

        return true;
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
}
