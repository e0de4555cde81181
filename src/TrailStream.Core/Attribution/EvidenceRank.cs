using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <summary>Ranks of evidence. A store never replaces a document by one of a lower rank, a cold index may know less than the one that wrote it, and
/// evidence that changes a document must give it a higher rank, or the better document would never be written. So the rank grows with evidence and
/// with nothing else: one digit for each link of the chain, the acting session's first, because a better link there makes all that was found above the
/// old one void; then how much is known in all; then whether the time for evidence is over, and at last how many events say so (of forged grants fewer may count in the
/// end).</summary>
/// <remarks>A consequence: a key's own grant stands above a session found by its name and second, even where its caller is not known yet
/// (<c>partial</c>). The other origin was the wrong person's then.</remarks>
public static class EvidenceRank
{
    /// <summary>Nothing is known yet.</summary>
    public const long Pending = First;

    /// <summary>Nothing was known when the time for evidence was over.</summary>
    public const long Unattributed = First + (1L << RankCode.ClosedBit);

    /// <summary>One grant, found by its key, by a caller who is no session; also what needs no evidence at all.</summary>
    public static long Proven { get; } = OfProven();

    /// <summary>Two callers for the key: nothing stands above.</summary>
    public static long Conflict { get; } = OfConflict();

    // External versions of Elasticsearch start at zero; so low a number is easily taken for none.
    private const long First = 2;

    internal static long Of(in RankCode code, bool closed) => First + ((long)code.Digits << RankCode.LowBits) + code.Low + (closed ? 1L << RankCode.ClosedBit : 0);

    private static long OfProven()
    {
        var code = default(RankCode);
        code.Add(RankCode.ByKey);
        code.Add(RankCode.Head);
        code.AddIds(1);
        code.SetTop(depth: 1, RankCode.TopNamed, isContradicted: false);
        return Of(in code, closed: true);
    }

    private static long OfConflict()
    {
        var code = default(RankCode);
        code.Add(RankCode.Conflict);
        return Of(in code, closed: true);
    }
}

/// <summary>A rank under construction: 47 bits of digits from the left, and the low bits. A digit is coded in two to five bits, so that the numbers are in
/// the order of the digits whatever follows, and 21 links found by their keys have room. A session found by time takes eight more (the
/// number of candidates behind it; where there are several, what is known of all of them follows, not of the chosen one alone). Longer chains are cut: what
/// changes beyond shows in the low bits: whether something above is forged, then the depth, then who stands at the top, then whether the verdict is final,
/// then the number of event ids.</summary>
internal struct RankCode
{
    public const int LowBits = 16;
    public const int IdsMax = 31;
    public const int TopBit = 7;
    public const int ClosedBit = 6;

    // What stands at the top, for chains too long for its digit.
    public const int TopUnknown = 0;
    public const int TopAsserted = 1;
    public const int TopExternal = 2;
    public const int TopNamed = 3;

    public const int Nothing = 0;

    /// <summary>The event asserts it, or an external principal's bare id.</summary>
    public const int Asserted = 1;
    public const int NamedExternal = 2;

    /// <summary>A hop whose caller is a session that nobody knows.</summary>
    public const int UnknownCaller = 3;

    /// <summary>The session says itself which service it belongs to.</summary>
    public const int ByItself = 4;
    public const int BySwitch = 5;
    public const int BySession = 6;
    public const int ByKey = 7;

    /// <summary>The caller is no session.</summary>
    public const int Head = 8;
    public const int Claimed = 9;
    public const int ClaimedTwice = 10;
    public const int Refuted = 11;
    public const int Conflict = 12;

    private const int DigitBits = 47;
    private const int DepthMax = 63;
    private const int ContradictedBit = 15;
    private const int DepthBit = 9;
    private const int IdsBit = 1;
    private const int NameBit = 0;

    private int _used;
    private int _ids;

    public ulong Digits;

    public long Low;

    /// <summary>Up to BySession: 0 and three bits; ByKey: 10; from Head on: 11 and three bits.</summary>
    public void Add(int digit)
    {
        switch (digit)
        {
            case < ByKey:
                Add((uint)digit, 4);
                break;
            case ByKey:
                Add(0b10, 2);
                break;
            default:
                Add(0b11000u + (uint)(digit - Head), 5);
                break;
        }
    }

    /// <summary>Caps at <see cref="IdsMax"/>.</summary>
    public void AddIds(int count)
    {
        Low -= (long)_ids << IdsBit;
        _ids = Math.Min(_ids + count, IdsMax);
        Low += (long)_ids << IdsBit;
    }

    /// <summary>Once.</summary>
    public void SetTop(int depth, int top, bool isContradicted) =>
        Low += ((long)Math.Min(depth, DepthMax) << DepthBit) + ((long)top << TopBit) + (isContradicted ? 1L << ContradictedBit : 0);

    public void SetBorrowedName() => Low += 1L << NameBit;

    /// <summary>How a session, or an event's caller, was linked to the one that made it.</summary>
    public void AddLink(AttributionMethod method, AttributionReason reason, ClaimState claims, int weight, bool explainsItself, int nothing)
    {
        if (reason == AttributionReason.Conflict)
        {
            Add(Conflict);
            return;
        }

        if (SessionJoin.Refutes(reason))
        {
            Add(Refuted);
            return;
        }

        if (claims != ClaimState.None)
        {
            Add(claims == ClaimState.One ? Claimed : ClaimedTwice);
        }

        switch (method)
        {
            case AttributionMethod.AccessKey:
                Add(ByKey);
                break;
            case AttributionMethod.ConsoleSwitchRole:
                Add(BySwitch);
                Add((uint)weight, 8);
                break;
            case AttributionMethod.Session:
                Add(BySession);
                Add((uint)weight, 8);
                break;
            default:
                Add(explainsItself ? ByItself : nothing);
                break;
        }
    }

    /// <summary>What is known above several candidates, as one number: it grows when any of theirs does.</summary>
    public void AddRest(ulong digits)
    {
        Digits |= digits >> _used;
        _used = DigitBits;
    }

    /// <summary>What has no room any more is cut, from its right end on.</summary>
    private void Add(uint value, int bits)
    {
        var room = DigitBits - _used - bits;
        Digits |= room >= 0 ? (ulong)value << room : (ulong)value >> -room;
        _used = Math.Min(_used + bits, DigitBits);
    }
}
