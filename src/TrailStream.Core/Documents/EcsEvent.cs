using System.Runtime.CompilerServices;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>What the sections of an ECS document share about one event. All text is canonical: fit to stand in a keyword's quotes as it is.</summary>
internal readonly ref struct EcsEvent
{
    private readonly ref readonly RecordFields _fields;

    /// <summary>False where no string of the attribution holds an escape: nearly always.</summary>
    private readonly bool _hasEscapes;

    public EcsEvent(ReadOnlySpan<byte> record, in RecordFields fields, AttributionText attribution, FreeForms free, DocumentOptions options)
    {
        Record = record;
        _fields = ref fields;
        Attribution = attribution;
        _hasEscapes = attribution.Json.Contains((byte)'\\');
        Free = free;
        Provider = Text(RecordField.EventSource);
        Action = Text(RecordField.EventName);
        Arn = Text(RecordField.Arn);
        SessionName = SessionNameOf(Arn);
        var type = Text(RecordField.IdentityType);
        HasRole = type.SequenceEqual("AssumedRole"u8) || type.SequenceEqual("FederatedUser"u8);
        CallerName = NameOf(HasRole);
        CallerId = Text(RecordField.PrincipalId);
        if (CallerId.IsEmpty)
        {
            CallerId = Text(RecordField.OnBehalfOfUserId);
        }

        foreach (var term in attribution.Terms)
        {
            switch (term.Kind)
            {
                case AttributionTermKind.OriginName:
                    OriginName = Term(term);
                    break;
                case AttributionTermKind.OriginId:
                    OriginId = Term(term);
                    break;
                case AttributionTermKind.OriginAccountId:
                    OriginAccountId = Term(term);
                    break;
            }
        }

        IsOriginUser = options.Identity == IdentityMapping.Ecs && HasRole && !(OriginName.IsEmpty && OriginId.IsEmpty);
        var address = Text(RecordField.SourceIpAddress);
        Address = address;
        IsAddress = NetworkAddress.IsAddress(address);
        IsFailure = !Text(RecordField.ErrorCode).IsEmpty || !Text(RecordField.ErrorMessage).IsEmpty;
    }

    public ReadOnlySpan<byte> Record { get; }

    public ref readonly RecordFields Fields => ref _fields;

    public AttributionText Attribution { get; }

    /// <summary>The record's free-form members, cleaned.</summary>
    public FreeForms Free { get; }

    /// <summary>eventSource.</summary>
    public ReadOnlySpan<byte> Provider { get; }

    /// <summary>eventName.</summary>
    public ReadOnlySpan<byte> Action { get; }

    /// <summary>userIdentity.arn.</summary>
    public ReadOnlySpan<byte> Arn { get; }

    /// <summary>Last segment of an STS session's ARN: what the caller chose to be called.</summary>
    public ReadOnlySpan<byte> SessionName { get; }

    /// <summary>True where <c>sessionIssuer</c> names the role (or the user) that the session belongs to.</summary>
    public bool HasRole { get; }

    /// <summary>The caller's name as Elastic has it: the role's name for a role session.</summary>
    public ReadOnlySpan<byte> CallerName { get; }

    /// <summary>The caller's principal id: <c>AROA…:session</c> for a role session.</summary>
    public ReadOnlySpan<byte> CallerId { get; }

    public ReadOnlySpan<byte> OriginName { get; }

    public ReadOnlySpan<byte> OriginId { get; }

    public ReadOnlySpan<byte> OriginAccountId { get; }

    /// <summary>True where <c>user.*</c> is the origin and not the role.</summary>
    public bool IsOriginUser { get; }

    /// <summary>sourceIPAddress; an IP address only where <see cref="IsAddress"/>.</summary>
    public ReadOnlySpan<byte> Address { get; }

    public bool IsAddress { get; }

    public bool IsFailure { get; }

    /// <summary>A single value as text, whatever the record holds: a string's content, a number or a flag as it stands, a container as Java text;
    /// empty where the member is missing, null, "", "-" or "none".</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Text(RecordField field)
    {
        var slice = _fields[field];
        if (slice.Kind == SliceKind.String && slice.Length <= JsonText.MaxTermBytes)
        {
            // The decoder has seen to the bytes: without a backslash they are canonical.
            var raw = slice.In(Record);
            return JsonText.IsEmptyWord(raw) ? default : raw;
        }

        return slice.Kind is SliceKind.Missing or SliceKind.Null ? default : Free.Canonical(Record, slice);
    }

    /// <summary>A string of the attribution.</summary>
    public ReadOnlySpan<byte> Term(AttributionTerm term)
    {
        var raw = Attribution[term];
        if (JsonText.IsEmptyWord(raw))
        {
            return default;
        }

        return !_hasEscapes && raw.Length <= JsonText.MaxTermBytes ? raw : Free.Canonical(raw);
    }

    private ReadOnlySpan<byte> NameOf(bool hasRole)
    {
        var name = Text(RecordField.UserName);
        if (hasRole)
        {
            var issuer = Text(RecordField.IssuerUserName);
            return issuer.IsEmpty ? name : issuer;
        }

        return name.IsEmpty && Action.SequenceEqual("UserAuthentication"u8) ? Free.Additional.Text("UserName"u8) : name;
    }

    /// <summary><c>arn:aws[-cn|-us-gov|…]:sts::111111111111:assumed-role/ROLE/NAME</c>, also <c>federated-user/NAME</c>.</summary>
    private static ReadOnlySpan<byte> SessionNameOf(ReadOnlySpan<byte> arn)
    {
        if (!arn.StartsWith("arn:aws"u8))
        {
            return default;
        }

        var rest = arn[7..];
        var partition = rest.IndexOf((byte)':');
        if (partition < 0 || !rest[partition..].StartsWith(":sts:"u8))
        {
            return default;
        }

        var slash = rest.LastIndexOf((byte)'/');
        return slash < 0 || JsonText.IsEmptyWord(rest[(slash + 1)..]) ? default : rest[(slash + 1)..];
    }
}
