using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>What the sections of an ECS document share about one event.</summary>
internal readonly ref struct EcsEvent
{
    private readonly ref readonly RecordFields _fields;

    public EcsEvent(ReadOnlySpan<byte> record, in RecordFields fields, AttributionText attribution, FreeForms free, long ingestedAt)
    {
        Record = record;
        _fields = ref fields;
        Attribution = attribution;
        Free = free;
        IngestedAt = ingestedAt;
        Provider = Text(RecordField.EventSource);
        Action = Text(RecordField.EventName);
        Arn = Text(RecordField.Arn);
        SessionName = SessionNameOf(Arn);
        var type = Text(RecordField.IdentityType);
        HasRole = type.SequenceEqual("AssumedRole"u8) || type.SequenceEqual("FederatedUser"u8);
        UserName = NameOf(type);
        UserId = Text(RecordField.PrincipalId);
        if (UserId.IsEmpty)
        {
            UserId = Text(RecordField.OnBehalfOfUserId);
        }
    }

    public ReadOnlySpan<byte> Record { get; }

    public ref readonly RecordFields Fields => ref _fields;

    public AttributionText Attribution { get; }

    /// <summary>The record's free-form members, cleaned.</summary>
    public FreeForms Free { get; }

    public long IngestedAt { get; }

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

    /// <summary>user.name as Elastic has it: the role's name for a role session.</summary>
    public ReadOnlySpan<byte> UserName { get; }

    public ReadOnlySpan<byte> UserId { get; }

    public bool IsFailure => !Text(RecordField.ErrorCode).IsEmpty || !Text(RecordField.ErrorMessage).IsEmpty;

    /// <summary>The raw content of a string; empty where the member is missing, no string, "-" or "none".</summary>
    public ReadOnlySpan<byte> Text(RecordField field)
    {
        var slice = _fields[field];
        if (!slice.HasText)
        {
            return default;
        }

        var raw = slice.In(Record);
        return JsonText.IsEmptyWord(raw) ? default : raw;
    }

    private ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> type)
    {
        var name = Text(RecordField.UserName);
        if (HasRole)
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
