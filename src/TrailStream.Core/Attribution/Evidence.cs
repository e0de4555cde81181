using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <summary>Tells the few events apart that prove something about other events. Only the issuing services' own successful events count:
/// look-alikes inside other services' requests and answers prove nothing.</summary>
internal static class Evidence
{
    public static GrantAction ActionOf(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        if (fields[RecordField.ErrorCode].HasText)
        {
            return GrantAction.None;
        }

        var source = Principal.Text(record, fields[RecordField.EventSource]);
        var name = Principal.Text(record, fields[RecordField.EventName]);
        if (source.SequenceEqual("sts.amazonaws.com"u8))
        {
            return name.Length switch
            {
                10 when name.SequenceEqual("AssumeRole"u8) => GrantAction.AssumeRole,
                10 when name.SequenceEqual("AssumeRoot"u8) => GrantAction.AssumeRoot,
                15 when name.SequenceEqual("GetSessionToken"u8) => GrantAction.GetSessionToken,
                18 when name.SequenceEqual("GetFederationToken"u8) => GrantAction.GetFederationToken,
                18 when name.SequenceEqual("AssumeRoleWithSAML"u8) => GrantAction.AssumeRoleWithSAML,
                25 when name.SequenceEqual("AssumeRoleWithWebIdentity"u8) => GrantAction.AssumeRoleWithWebIdentity,
                _ => GrantAction.None,
            };
        }

        if (source.SequenceEqual("signin.amazonaws.com"u8))
        {
            return name.SequenceEqual("SwitchRole"u8) ? GrantAction.SwitchRole : GrantAction.None;
        }

        if (source.SequenceEqual("s3express.amazonaws.com"u8) || source.SequenceEqual("s3.amazonaws.com"u8)
            || source.SequenceEqual("rolesanywhere.amazonaws.com"u8))
        {
            return name.SequenceEqual("CreateSession"u8) ? GrantAction.CreateSession : GrantAction.None;
        }

        return source.SequenceEqual("cognito-identity.amazonaws.com"u8) && name.SequenceEqual("GetCredentialsForIdentity"u8)
            ? GrantAction.GetCredentialsForIdentity
            : GrantAction.None;
    }

    /// <summary>True for actions that issue a key in <c>responseElements.credentials</c>.</summary>
    public static bool Issues(GrantAction action) => action is > GrantAction.None and < GrantAction.SwitchRole;

    /// <summary>The value of <c>chain[].action</c>.</summary>
    public static ReadOnlySpan<byte> NameOf(GrantAction action) => action switch
    {
        GrantAction.AssumeRole => "AssumeRole"u8,
        GrantAction.AssumeRoleWithSAML => "AssumeRoleWithSAML"u8,
        GrantAction.AssumeRoleWithWebIdentity => "AssumeRoleWithWebIdentity"u8,
        GrantAction.AssumeRoot => "AssumeRoot"u8,
        GrantAction.GetSessionToken => "GetSessionToken"u8,
        GrantAction.GetFederationToken => "GetFederationToken"u8,
        GrantAction.CreateSession => "CreateSession"u8,
        GrantAction.GetCredentialsForIdentity => "GetCredentialsForIdentity"u8,
        GrantAction.SwitchRole => "SwitchRole"u8,
        GrantAction.OnBehalfOf => "OnBehalfOf"u8,
        _ => "None"u8,
    };
}
