using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

internal sealed partial class AttributionWriter
{
    /// <summary><c>,"path":"alice@111111111111 &gt; admin@111111111111 &gt; deploy@222222222222"</c></summary>
    private void WritePath(in Principal origin, in Verdict verdict)
    {
        if (_hopCount == 0 && origin.Name.IsEmpty && origin.Id.IsEmpty)
        {
            return;
        }

        _json.Append(",\"path\":\""u8);
        if (verdict.Origin != 0 || _hopCount == 0)
        {
            _json.Append(!origin.Name.IsEmpty ? origin.Name : !origin.Id.IsEmpty ? origin.Id : origin.Arn);
            At(origin.Account);
        }
        else
        {
            _json.Append((byte)'?');
        }

        for (var i = 0; i < _hopCount; i++)
        {
            ref var hop = ref index[_hops[i]];
            _json.Append(i == 1 && hop.Parent != _hops[0] ? " > … > "u8 : " > "u8);
            var role = index.Texts[hop.RoleNameText];
            _json.Append(role.IsEmpty ? Evidence.NameOf(hop.Action) : role);
            At(index.Texts[hop.AccountText]);
        }

        _json.Append((byte)'"');
    }

    private void At(ReadOnlySpan<byte> account)
    {
        if (!account.IsEmpty)
        {
            _json.Append((byte)'@');
            _json.Append(account);
        }
    }

    /// <summary><c>,"roles":[…],"accounts":[…],"cross_account":true</c>; roles in order, accounts in order without repetition.</summary>
    private void WriteLists(in Principal origin)
    {
        if (_hopCount == 0)
        {
            return;
        }

        _json.Append(",\"roles\":["u8);
        var first = true;
        for (var i = 0; i < _hopCount; i++)
        {
            var role = index.Texts[index[_hops[i]].RoleNameText];
            if (role.IsEmpty)
            {
                continue;
            }

            _json.Append(first ? "\""u8 : ",\""u8);
            Term(AttributionTermKind.RoleName, _json.Length, role.Length);
            _json.Append(role);
            _json.Append((byte)'"');
            first = false;
        }

        _json.Append("],\"accounts\":["u8);
        var accounts = 0;
        if (!origin.Account.IsEmpty)
        {
            WriteAccount(origin.Account, ref accounts);
        }

        for (var i = 0; i < _hopCount; i++)
        {
            var account = index.Texts[index[_hops[i]].AccountText];
            if (!account.IsEmpty && !account.SequenceEqual(origin.Account) && !IsAccountOfEarlierHop(account, i))
            {
                WriteAccount(account, ref accounts);
            }
        }

        _json.Append(accounts > 1 ? "],\"cross_account\":true"u8 : "],\"cross_account\":false"u8);
    }

    private bool IsAccountOfEarlierHop(ReadOnlySpan<byte> account, int hop)
    {
        for (var i = 0; i < hop; i++)
        {
            if (index.Texts[index[_hops[i]].AccountText].SequenceEqual(account))
            {
                return true;
            }
        }

        return false;
    }

    private void WriteAccount(ReadOnlySpan<byte> account, ref int count)
    {
        _json.Append(count++ == 0 ? "\""u8 : ",\""u8);
        _json.Append(account);
        _json.Append((byte)'"');
    }

    private void WriteJudgements(ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict, in Principal origin)
    {
        if (_hopCount > 0)
        {
            var matches = SessionNames.Match(index, index.Texts[index[_hops[_hopCount - 1]].SessionNameText], in origin);
            _json.Append(matches == true ? ",\"session_name_matches_origin\":true"u8
                : matches == false ? ",\"session_name_matches_origin\":false"u8 : default);
        }

        // A service acting with its caller's session: the caller stays the origin, the service is named beside it.
        if (verdict.Caller != CallerKind.AWSService)
        {
            Member("via_service"u8, Principal.Text(record, fields[RecordField.InvokedBy]));
        }
    }

    /// <summary><c>,"origin":{"type":…,"name":…,"arn":…,"id":…,"account_id":…,"access_key_id":…,"source_identity":…,"mfa":…,"workload":{…}}</c></summary>
    private void WriteOrigin(in Principal origin)
    {
        if (origin.Type == OriginType.Unknown && origin.Name.IsEmpty)
        {
            return;
        }

        _json.Append(",\"origin\":{\"type\":\""u8);
        _json.Append(Codes.Of(origin.Type));
        _json.Append((byte)'"');
        Member("name"u8, origin.Name, AttributionTermKind.OriginName);
        Member("arn"u8, origin.Arn, AttributionTermKind.OriginArn);
        Member("id"u8, origin.Id, AttributionTermKind.OriginId);
        Member("account_id"u8, origin.Account, AttributionTermKind.OriginAccountId);
        Member("access_key_id"u8, origin.AccessKey, AttributionTermKind.OriginAccessKeyId);
        Member("source_identity"u8, origin.SourceIdentity, AttributionTermKind.SourceIdentity);
        Member("provider"u8, origin.Provider);
        _json.Append(origin.Mfa ? ",\"mfa\":true"u8 : default);
        if (origin.WorkloadType != WorkloadType.None)
        {
            _json.Append(",\"workload\":{\"type\":\""u8);
            _json.Append(Codes.Of(origin.WorkloadType));
            _json.Append((byte)'"');
            Member("id"u8, origin.WorkloadId);
            Member("name"u8, origin.WorkloadName);
            Member("namespace"u8, origin.Namespace);
            Member("cluster"u8, origin.Cluster);
            _json.Append((byte)'}');
        }

        _json.Append((byte)'}');
    }

    /// <summary><c>,"chain":[{"hop":1,"action":…,"event_id":…,"time":…,"expires_at":…,"from_arn":…,"from_key":…,"role_arn":…,…}]</c>, hop 1 nearest
    /// the origin.</summary>
    private void WriteChain()
    {
        if (_hopCount == 0)
        {
            return;
        }

        Span<byte> issuedKey = stackalloc byte[AccessKeys.TextLength];
        Span<byte> eventId = stackalloc byte[EventIds.TextLength];
        _json.Append(",\"chain\":["u8);
        for (var i = 0; i < _hopCount; i++)
        {
            ref var hop = ref index[_hops[i]];
            _json.Append(i == 0 ? "{\"hop\":"u8 : ",{\"hop\":"u8);
            _json.Append((long)hop.Depth);
            Member("action"u8, Evidence.NameOf(hop.Action));
            Member("event_id"u8, index.EventIdOf(in hop, eventId));
            TimeMember("time"u8, hop.IssuedAt);
            TimeMember("expires_at"u8, hop.ExpiresAt);
            Member("from_arn"u8, index.Texts[hop.CallerArnText]);
            Member("from_key"u8, index.Texts[hop.CallerKeyText]);
            Member("role_arn"u8, index.Texts[hop.RoleArnText], AttributionTermKind.RoleArn);
            Member("role_name"u8, index.Texts[hop.RoleNameText]);
            Member("account_id"u8, index.Texts[hop.AccountText]);
            Member("session_name"u8, index.Texts[hop.SessionNameText], AttributionTermKind.SessionName);
            Member("source_identity"u8, index.Texts[hop.SourceIdentityText], AttributionTermKind.SourceIdentity);
            Member("issued_key"u8, index.IssuedKeyOf(in hop, issuedKey), AttributionTermKind.IssuedKey);
            Member("source_ip"u8, index.Texts[hop.SourceIpText]);
            _json.Append((byte)'}');
        }

        _json.Append((byte)']');
    }

    /// <summary><c>,"session":{"access_key_id":…,"name":…,"issued_at":…,"expires_at":…,"source_identity":…}</c> of the acting session.</summary>
    private void WriteSession(ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict)
    {
        if (verdict.Caller is not (CallerKind.AssumedRole or CallerKind.CentralRoot))
        {
            return;
        }

        _ = AssumedRoleArn.TryParse(Principal.Text(record, fields[RecordField.Arn]), out var session);
        var key = Principal.Text(record, fields[RecordField.AccessKeyId]);
        if (key.IsEmpty && session.Session.IsEmpty)
        {
            return;
        }

        _json.Append(",\"session\":{"u8);
        var start = _json.Length;
        Member("access_key_id"u8, key);
        Member("name"u8, session.Session, AttributionTermKind.SessionName);
        if (verdict.Session != 0)
        {
            ref var grant = ref index[verdict.Session];
            TimeMember("issued_at"u8, grant.IssuedAt);
            TimeMember("expires_at"u8, grant.ExpiresAt);
        }

        Member("source_identity"u8, Principal.Text(record, fields[RecordField.SourceIdentity]));
        _json.Array[start] = (byte)' '; // the first member's comma
        _json.Append((byte)'}');
    }

    /// <summary><c>,"evidence":{"event_ids":[…],"truncated":true}</c>: the grants of the chain, the other account's record of each; where there is
    /// no chain, the grants that speak against the event or against one another. For Identity Center's statement the event itself where it carries it, else
    /// one of the session that does.</summary>
    private void WriteEvidence(ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict, int depth)
    {
        var candidates = verdict.Reason == AttributionReason.Ambiguous && _hopCount == 0 ? CollectCandidates(record, in fields, in verdict) : 0;
        if (_hopCount == 0 && verdict.Origin == 0 && verdict.Contrary == 0 && candidates == 0)
        {
            return;
        }

        Span<byte> eventId = stackalloc byte[EventIds.TextLength];
        _json.Append(",\"evidence\":{\"event_ids\":["u8);
        var count = 0;
        for (var i = 0; i < _hopCount; i++)
        {
            WriteIds(_hops[i], ref count);
        }

        if (verdict.Origin != 0 && index[verdict.Origin].Action == GrantAction.OnBehalfOf)
        {
            var isOwn = verdict.Method == AttributionMethod.OnBehalfOf && fields[RecordField.OnBehalfOfUserId].HasText;
            WriteId(isOwn ? Principal.Text(record, fields[RecordField.EventId]) : index.EventIdOf(in index[verdict.Origin], eventId), ref count);
        }
        else if (verdict.Origin != 0 && _hopCount == 0)
        {
            WriteId(index.EventIdOf(in index[verdict.Origin], eventId), ref count);
        }

        if (verdict.Contrary != 0)
        {
            WriteIds(verdict.Contrary, ref count);
        }

        foreach (var candidate in _candidates.AsSpan(0, Math.Min(candidates, CandidatesListed)))
        {
            WriteIds(candidate, ref count);
        }

        var isTruncated = (depth > _hopCount && verdict.Session != 0) || candidates > CandidatesListed;
        _json.Append(isTruncated ? "],\"truncated\":true}"u8 : "]}"u8);
    }

    /// <summary>The grants of the acting session between which nothing decides, by event id.</summary>
    private int CollectCandidates(ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict)
    {
        var query = Attributor.QueryOf(record, in fields, verdict.Caller);
        var count = 0;
        foreach (var candidate in _candidates.AsSpan(0, index.Candidates(in query, _candidates)))
        {
            // Of a key in conflict the events that use it list the records.
            if (!index[candidate].Has(SessionStates.Taint))
            {
                _candidates[count++] = candidate;
            }
        }

        _candidates.AsSpan(0, count).Sort(_byEventId);
        return count;
    }

    /// <summary>The best record's id, then the others'; of a contradiction, in which there is no best, all in order.</summary>
    private void WriteIds(int session, ref int count)
    {
        Span<byte> eventId = stackalloc byte[EventIds.TextLength];
        var own = index.EventIdOf(in index[session], eventId);
        if (index[session].Has(SessionStates.Conflict) && index[session].AllEventIdsText != 0)
        {
            own = default;
        }

        WriteId(own, ref count);
        foreach (var id in new EventIdSet.Ids(index.Texts[index[session].AllEventIdsText]))
        {
            if (!id.SequenceEqual(own))
            {
                WriteId(id, ref count);
            }
        }
    }

    private void WriteId(ReadOnlySpan<byte> id, ref int count)
    {
        if (!id.IsEmpty)
        {
            _json.Append(count++ == 0 ? "\""u8 : ",\""u8);
            _json.Append(id);
            _json.Append((byte)'"');
        }
    }
}
