using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <summary>Ranks of evidence. A store never replaces a document by one of a lower rank, a cold index may know less than the one that wrote it, and
/// evidence that changes a document must give it a higher rank, or the better document would never be written. So the rank grows with evidence and
/// with nothing else: one digit for each link of the chain, the acting session's first, because a better link there makes all that was found above the
/// old one void; then how much is known in all; then whether the time for evidence is over.</summary>
/// <remarks>A consequence: a key's own grant stands above a session found by its name and second, even where its caller is not known yet
/// (<c>partial</c>). The other origin was the wrong person's then.</remarks>
public static class EvidenceRank
{
    /// <summary>Nothing is known yet.</summary>
    public const long Pending = First;

    /// <summary>Nothing was known when the time for evidence was over.</summary>
    public const long Unattributed = First + 1;

    /// <summary>One grant, found by its key, by a caller who is no session; also what needs no evidence at all.</summary>
    public const long Proven = First + ((((long)RankCode.ByKey << 44) | ((long)RankCode.Head << 40)) << RankCode.LowBits)
        + (1L << RankCode.CompleteBit) + (1L << RankCode.DepthBit) + (1L << RankCode.IdsBit) + 1;

    /// <summary>Two callers for the key: nothing stands above.</summary>
    public const long Conflict = First + (((long)RankCode.Conflict << 44) << RankCode.LowBits) + 1;

    // External versions of Elasticsearch start at zero; so low a number is easily taken for none.
    private const long First = 2;

    internal static long Of(in RankCode code, bool closed) => First + ((long)code.Digits << RankCode.LowBits) + code.Low + (closed ? 1 : 0);
}

/// <summary>A rank under construction: 12 digits of 4 bits from the left, of which a session found by time takes three (the number of candidates
/// behind it; where there are several, what is known of all of them follows, not of the chosen one alone), and the low bits. Longer chains are cut:
/// what changes beyond shows in depth and completeness alone.</summary>
internal struct RankCode
{
    public const int LowBits = 14;
    public const int CompleteBit = 13;
    public const int DepthBit = 7;
    public const int IdsBit = 2;
    public const int NameBit = 1;

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

    private const int DigitsMax = 12;
    private const int DepthMax = 63;
    public const int IdsMax = 31;

    private int _used;
    private int _ids;

    public ulong Digits;

    public long Low;

    public void Add(int digit) => Add((uint)digit, 1);

    /// <summary>Caps at <see cref="IdsMax"/>.</summary>
    public void AddIds(int count)
    {
        Low -= (long)_ids << IdsBit;
        _ids = Math.Min(_ids + count, IdsMax);
        Low += (long)_ids << IdsBit;
    }

    public void SetDepth(int depth, bool complete) => Low += ((long)Math.Min(depth, DepthMax) << DepthBit) + (complete ? 1L << CompleteBit : 0);

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
                Add((uint)weight, 2);
                break;
            case AttributionMethod.Session:
                Add(BySession);
                Add((uint)weight, 2);
                break;
            default:
                Add(explainsItself ? ByItself : nothing);
                break;
        }
    }

    /// <summary>What is known above several candidates, as one number: it grows when any of theirs does.</summary>
    public void AddRest(ulong digits)
    {
        Digits |= digits >> (4 * _used);
        _used = DigitsMax;
    }

    private void Add(uint value, int digits)
    {
        for (var i = digits - 1; i >= 0 && _used < DigitsMax; i--)
        {
            _used++;
            Digits |= (ulong)((value >> (4 * i)) & 15) << (4 * (DigitsMax - _used));
        }
    }
}
