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

    private readonly ByteBuffer _json = new(8 * 1024);
    private readonly int[] _hops = new int[HopsMax];
    private AttributionTerm[] _terms = new AttributionTerm[128];
    private int _termCount;
    private int _hopCount;

    public AttributionText Write(
        ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict, long resolvedAt, int revision, bool coveragePartial)
    {
        _json.Clear();
        _termCount = 0;
        CollectHops(verdict.Session);
        var origin = OriginOf(record, in fields, in verdict);
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
        _json.Append(verdict.Status == AttributionStatus.Pending ? ",\"final\":false,\"revision\":"u8 : ",\"final\":true,\"revision\":"u8);
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
        WriteEvidence(in verdict, depth);
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

    private Principal OriginOf(ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict)
    {
        if (verdict.Origin != 0)
        {
            ref var grant = ref index[verdict.Origin];
            var origin = Principal.OfGrant(index, in grant);
            if (grant.Action == GrantAction.OnBehalfOf && verdict.Session != 0)
            {
                NameFromGrant(ref origin, in verdict);
            }

            return origin;
        }

        if (verdict.Method == AttributionMethod.Caller && verdict.Caller is not (CallerKind.AssumedRole or CallerKind.CentralRoot))
        {
            var origin = Principal.OfCaller(record, in fields, verdict.Caller);
            origin.SourceIdentity = Principal.Text(record, fields[RecordField.SourceIdentity]);
            return origin;
        }

        if (verdict.Caller == CallerKind.AWSAccount && verdict.Reason == AttributionReason.TwinMatched && verdict.Session == 0)
        {
            var origin = Principal.OfCaller(record, in fields, verdict.Caller);
            Principal.NameExternal(index, ref origin);
            return origin;
        }

        return verdict.Reason switch
        {
            AttributionReason.ServiceLinkedRole => OfServiceLinkedRole(record, in fields),
            AttributionReason.CredentialsScope => OfFunction(record, in fields),
            AttributionReason.SourceIdentityOnly => OfSourceIdentity(record, in fields),
            _ => default,
        };
    }

    /// <summary>The identity provider's grant knows the user's name, the claim only the id.</summary>
    private void NameFromGrant(ref Principal origin, in Verdict verdict)
    {
        var head = index[verdict.Session].Head;
        if (head != 0 && index[head].CallerType == OriginType.SAMLUser && index[head].CallerNameText != 0)
        {
            origin.Name = index.Texts[index[head].CallerNameText];
        }
    }

    /// <summary><c>arn:aws:iam::ACCOUNT:role/aws-service-role/SERVICE/ROLE</c></summary>
    private static Principal OfServiceLinkedRole(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var arn = Principal.Text(record, fields[RecordField.IssuerArn]);
        var service = arn[(arn.IndexOf(":role/aws-service-role/"u8) + ":role/aws-service-role/"u8.Length)..];
        var slash = service.IndexOf((byte)'/');
        return new Principal { Type = OriginType.AWSService, Name = slash < 0 ? service : service[..slash] };
    }

    private static Principal OfFunction(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var function = Principal.Text(record, fields[RecordField.InScopeOfCredentialsIssuedTo]);
        return new Principal
        {
            Type = OriginType.AWSService,
            Name = "lambda.amazonaws.com"u8,
            WorkloadType = WorkloadType.Function,
            WorkloadId = function,
            WorkloadName = AssumedRoleArn.LastSegment(function),
        };
    }

    private static Principal OfSourceIdentity(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var identity = Principal.Text(record, fields[RecordField.SourceIdentity]);
        return new Principal { Type = OriginType.Unknown, Name = identity, SourceIdentity = identity };
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
