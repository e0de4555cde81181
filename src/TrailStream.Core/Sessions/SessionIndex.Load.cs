using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

/// <content>The chunks of a snapshot become an index again.</content>
public sealed partial class SessionIndex
{
    // Slab number in the snapshot → here, while one is being loaded.
    private readonly Dictionary<int, int> _loaded = [];
    private readonly List<LoadedLinks> _loadedLinks = [];
    private readonly int[] _loadedBuckets = new int[BucketCount];
    private readonly List<int> _loadedTouched = [];

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
            _oldestBucket = BinaryPrimitives.ReadInt64LittleEndian(Take(ref chunk, 8));
            _newestBucket = BinaryPrimitives.ReadInt64LittleEndian(Take(ref chunk, 8));
            for (var i = 0; i < BucketCount; i++)
            {
                _loadedBuckets[i] = CountOf(ref chunk);
            }

            for (var count = CountOf(ref chunk); count > 0; count--)
            {
                _loadedTouched.Add(CountOf(ref chunk));
            }
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

    /// <summary>Under the write lock: ties the loaded sessions together as they were. Nothing is looked for anew but what the evidence between two
    /// chunks touched: what led to a link (or against one) may be gone.</summary>
    public void EndLoad()
    {
        foreach (var session in InOrderOfListing())
        {
            if (_records[session].Has(SessionStates.Listed))
            {
                List(session);
            }
            else
            {
                Wait(session);
            }
        }

        FileAsBefore();
        foreach (var links in _loadedLinks)
        {
            SetParent(links.Session, Loaded(links.Parent, links.ParentHash, links.Session));
            SetClaim(links.Session, Loaded(links.Claim, links.ClaimHash, links.Session));
            _records[links.Session].Head = _loaded.GetValueOrDefault(links.Head);
        }

        SpreadWhatCameMeanwhile();
        foreach (var session in _loaded.Values)
        {
            FreeIfUnused(session);
        }

        _orphans.Clear();
        _loaded.Clear();
        _loadedLinks.Clear();
        _loadedTouched.Clear();
    }

    /// <summary>A session may have been written before, and another after, the evidence that both are of; what is read again tells nothing new to the one
    /// that knows it already. So what followed from it then follows from it here.</summary>
    private void SpreadWhatCameMeanwhile()
    {
        // One that has gone again, or whose number was another's before, comes as new.
        var touched = _loadedTouched.ConvertAll(number => _loaded.GetValueOrDefault(number));
        touched.RemoveAll(session => session == 0);
        foreach (var session in touched)
        {
            // Links of two times may make a circle that never was; where one changes later only new links are looked at.
            ref var record = ref _records[session];
            if (record.Parent != 0 && record.LinkReason != AttributionReason.Cycle && LeadsBackTo(record.Parent, session))
            {
                SetParent(session, 0);
            }
        }

        foreach (var session in touched)
        {
            if (_records[session].Has(SessionStates.Listed))
            {
                MarkRivals(session);
                if ((_records[session].State & (SessionStates.Conflict | SessionStates.Taint)) == SessionStates.Conflict)
                {
                    Taint(in _records[session], _records[session].IssuedAt);
                }
            }

            Relink(session);
            Enqueue(session);
        }

        Spread([]);
    }

    private int Loaded(int number, int hash, int by) =>
        number != 0 && _loaded.TryGetValue(number, out var session) && session != by && HashOfEvent(session) == hash ? session : 0;

    /// <summary>The loaded sessions by when they were listed. New ones stand first in every list, and a session enters all of its lists at once: what
    /// follows it in any of them was there before it.</summary>
    private List<int> InOrderOfListing()
    {
        var order = new List<int>(_loaded.Count);
        var seen = new HashSet<int>(_loaded.Count);
        var way = new Stack<int>();
        foreach (var start in _loaded.Values)
        {
            if (seen.Add(start))
            {
                way.Push(start);
            }

            while (way.TryPeek(out var session))
            {
                ref var record = ref _records[session];
                if (IsUnseen(record.NextInSpan, out var next) || IsUnseen(record.NextWaiterByKey, out next) || IsUnseen(record.NextWaiterBySession, out next))
                {
                    way.Push(next);
                }
                else
                {
                    order.Add(way.Pop());
                }
            }
        }

        return order;

        bool IsUnseen(int number, out int session) => _loaded.TryGetValue(number, out session) && seen.Add(session);
    }

    /// <summary>Puts the sessions in the buckets that they were in, in the same order; what came while the snapshot was written, by its expiry.</summary>
    private void FileAsBefore()
    {
        var filed = new HashSet<int>(_loaded.Count);
        var way = new Stack<int>();
        for (var i = 0; i < BucketCount; i++)
        {
            var next = _loaded.GetValueOrDefault(_loadedBuckets[i]);
            while (next != 0 && _records[next].Has(SessionStates.Listed) && filed.Add(next))
            {
                way.Push(next);
                next = _loaded.GetValueOrDefault(_records[next].NextInBucket);
            }

            while (way.TryPop(out var session))
            {
                _records[session].NextInBucket = _buckets[i];
                _buckets[i] = session;
            }
        }

        foreach (var session in _loaded.Values)
        {
            if (_records[session].Has(SessionStates.Listed) && filed.Add(session))
            {
                FileByExpiry(session);
            }
        }
    }

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

        // Where it stands in lists stays in the snapshot's numbers until all are there.
        record.Parent = record.Claim = record.Head = record.Children = 0;
        _records[session] = record;
        if (record.CallerType is OriginType.IAMUser or OriginType.SAMLUser)
        {
            KeepName(Texts[record.CallerNameText]);
        }

        if (isKeyed)
        {
            _byKey.Set(record.Key, session);
        }
    }

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
