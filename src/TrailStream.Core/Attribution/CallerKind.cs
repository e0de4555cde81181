using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Attribution;

/// <summary>Who userIdentity says the caller is, told apart by how the origin is found.</summary>
internal enum CallerKind : byte
{
    /// <summary>No user identity, or one without type and service.</summary>
    None = 0,
    IAMUser,
    Root,

    /// <summary>A member account's root session made by AssumeRoot: its origin is the central caller.</summary>
    CentralRoot,
    AssumedRole,
    FederatedUser,
    SAMLUser,
    WebIdentityUser,
    IdentityCenterUser,
    AWSService,
    AWSAccount,
    Anonymous,

    /// <summary>A type that names nobody: Unknown, Directory, Role without session.</summary>
    Unknown,
}

internal static class CallerKinds
{
    /// <summary>Reads <c>userIdentity.type</c> and what qualifies it. Real data holds AwsServiceEvents without a type, only with
    /// <c>invokedBy</c>; anonymous S3 requests are of type AWSAccount with the account ANONYMOUS_PRINCIPAL.</summary>
    public static CallerKind Of(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var type = Principal.Text(record, fields[RecordField.IdentityType]);
        switch (type.Length)
        {
            case 0:
                return fields[RecordField.InvokedBy].HasText ? CallerKind.AWSService : CallerKind.None;
            case 4 when type.SequenceEqual("Root"u8):
                return IsCentralRoot(record, in fields) ? CallerKind.CentralRoot : CallerKind.Root;
            case 7 when type.SequenceEqual("IAMUser"u8):
                return CallerKind.IAMUser;
            case 8 when type.SequenceEqual("SAMLUser"u8):
                return CallerKind.SAMLUser;
            case 11 when type.SequenceEqual("AssumedRole"u8):
                return CallerKind.AssumedRole;
            case 13 when type.SequenceEqual("FederatedUser"u8):
                return fields[RecordField.IssuerArn].HasText ? CallerKind.FederatedUser : CallerKind.Unknown;
            case 15 when type.SequenceEqual("WebIdentityUser"u8):
                return CallerKind.WebIdentityUser;
            case 18 when type.SequenceEqual("IdentityCenterUser"u8):
                return CallerKind.IdentityCenterUser;
            case 10 when type.SequenceEqual("AWSService"u8):
                return CallerKind.AWSService;
            case 10 when type.SequenceEqual("AWSAccount"u8):
                return IsAnonymous(record, in fields) ? CallerKind.Anonymous : CallerKind.AWSAccount;
            default:
                return CallerKind.Unknown;
        }
    }

    private static bool IsAnonymous(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var account = Principal.Text(record, fields[RecordField.AccountId]);
        return account.SequenceEqual("ANONYMOUS_PRINCIPAL"u8) || account.SequenceEqual("anonymous"u8)
            || (account.IsEmpty && !fields[RecordField.PrincipalId].HasText);
    }

    private static bool IsCentralRoot(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var flag = fields[RecordField.AssumedRoot];
        return flag.Kind == SliceKind.True || Principal.Text(record, flag).SequenceEqual("true"u8);
    }
}
