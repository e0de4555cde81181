using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <summary>A verdict as the document's member <c>trailstream</c>: <c>{"schema":"1","attribution":{…}}</c>, the fields of DESIGN §6. Strings are
/// raw JSON content all the way from the record, so that nothing is escaped or unescaped on the way. One per worker, allocates nothing.</summary>
internal sealed partial class AttributionWriter(SessionIndex index)
{
    /// <summary>Hops listed at most: the first, which proves the origin, and the last 15. A chain may be longer: <c>depth</c> tells.</summary>
    public const int HopsMax = 16;

    /// <summary>Grants listed where several fit: enough to see who is in question.</summary>
    private const int CandidatesListed = 8;

    private readonly ByteBuffer _json = new(8 * 1024);
    private readonly int[] _hops = new int[HopsMax];
    private readonly int[] _candidates = new int[SessionIndex.CandidatesMax];
    private readonly Comparison<int> _byEventId = (a, b) => index.CompareEventIds(in index[a], in index[b]);
    private AttributionTerm[] _terms = new AttributionTerm[128];
    private int _termCount;
    private int _hopCount;

    public AttributionText Write(
        ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict, long resolvedAt, int revision, bool coveragePartial)
    {
        _json.Clear();
        _termCount = 0;
        CollectHops(verdict.Session);
        var origin = Origins.Of(index, record, in fields, in verdict);
        var depth = verdict.Session == 0 ? 0 : index[verdict.Session].Depth;
        _json.Append("{\"schema\":\"1\",\"attribution\":{\"status\":\""u8);
        _json.Append(Codes.Of(verdict.Status));
        _json.Append("\",\"method\":\""u8);
        _json.Append(Codes.Of(verdict.Method));
        _json.Append("\",\"confidence\":\""u8);
        _json.Append(Codes.Of(verdict.Confidence));
        _json.Append("\",\"reason\":\""u8);
        _json.Append(Codes.Of(verdict.Reason));
        _json.Append("\",\"depth\":"u8);
        _json.Append((long)depth);
        WritePath(in origin, in verdict);
        WriteLists(in origin);
        WriteJudgements(record, in fields, in verdict, in origin);
        _json.Append(coveragePartial ? ",\"coverage\":\"partial\""u8 : default);
        _json.Append(verdict.Waits ? ",\"final\":false,\"revision\":"u8 : ",\"final\":true,\"revision\":"u8);
        _json.Append((long)revision);
        if (resolvedAt != 0)
        {
            _json.Append(",\"resolved_at\":\""u8);
            IsoTime.WriteMilliseconds(resolvedAt, _json);
            _json.Append((byte)'"');
        }

        WriteOrigin(in origin);
        WriteChain();
        WriteSession(record, in fields, in verdict);
        WriteEvidence(record, in fields, in verdict, depth);
        _json.Append("}}"u8);
        return new AttributionText(_json.Written, _terms.AsSpan(0, _termCount));
    }

    /// <summary>Fills <see cref="_hops"/> from the origin's end to the acting session.</summary>
    private void CollectHops(int session)
    {
        _hopCount = 0;
        if (session == 0)
        {
            return;
        }

        var head = index[session].Head;
        for (var hop = session; hop != 0; hop = index[hop].Parent)
        {
            if (_hopCount == HopsMax - 1 && hop != head && head != 0)
            {
                _hops[_hopCount++] = head;
                break;
            }

            if (_hopCount == HopsMax)
            {
                break;
            }

            _hops[_hopCount++] = hop;
        }

        _hops.AsSpan(0, _hopCount).Reverse();
    }

    private void Term(AttributionTermKind kind, int offset, int length)
    {
        if (_termCount == _terms.Length)
        {
            Array.Resize(ref _terms, _terms.Length * 2);
        }

        _terms[_termCount++] = new AttributionTerm(kind, offset, length);
    }

    /// <summary><c>,"name":"value"</c>, nothing for an empty value.</summary>
    private void Member(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            Open(name);
            _json.Append(value);
            _json.Append((byte)'"');
        }
    }

    private void Member(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, AttributionTermKind kind)
    {
        if (!value.IsEmpty)
        {
            Open(name);
            Term(kind, _json.Length, value.Length);
            _json.Append(value);
            _json.Append((byte)'"');
        }
    }

    private void TimeMember(ReadOnlySpan<byte> name, long seconds)
    {
        Open(name);
        IsoTime.WriteSeconds(seconds, _json);
        _json.Append((byte)'"');
    }

    private void Open(ReadOnlySpan<byte> name)
    {
        _json.Append(",\""u8);
        _json.Append(name);
        _json.Append("\":\""u8);
    }
}
