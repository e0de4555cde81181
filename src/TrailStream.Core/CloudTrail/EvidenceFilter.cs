namespace TrailStream.Core.CloudTrail;

/// <summary>Tells by a look at the bytes whether a text can hold an event that proves something about others; for reading far more events than are
/// evidence. May say yes in error, and no only for what has none: every event's name is looked at wherever it stands, escaped in an envelope or
/// not.</summary>
internal static class EvidenceFilter
{
    private static ReadOnlySpan<byte> Name => "eventName"u8;

    /// <summary>What a name and its value have between them, however often and in whatever way the record is wrapped in strings: <c>":"</c>,
    /// <c>\": \"</c>, <c>\u0022:\u0022</c>. No issuing action begins with one of these.</summary>
    private static ReadOnlySpan<byte> Between => "\\\": \tu02"u8;

    public static bool MayHold(ReadOnlySpan<byte> text)
    {
        var at = text.IndexOf(Name);
        if (at < 0)
        {
            // Nothing that can be read like this: base64, or an envelope that writes names in another way.
            return true;
        }

        for (var rest = text; at >= 0; at = rest.IndexOf(Name))
        {
            rest = rest[(at + Name.Length)..];
            if (IsIssuing(rest.TrimStart(Between)))
            {
                return true;
            }
        }

        // IAM users tell the name behind a principal id, which other accounts' records only know by it.
        return text.IndexOf("onBehalfOf"u8) >= 0 || text.IndexOf("IAMUser"u8) >= 0;
    }

    private static bool IsIssuing(ReadOnlySpan<byte> name) => !name.IsEmpty && name[0] switch
    {
        (byte)'A' => name.StartsWith("AssumeRo"u8),
        (byte)'G' => name.StartsWith("GetSessionToken"u8) || name.StartsWith("GetFederationToken"u8) || name.StartsWith("GetCredentialsForIdentity"u8),
        (byte)'S' => name.StartsWith("SwitchRole"u8),
        (byte)'C' => name.StartsWith("CreateSession"u8),
        _ => false,
    };
}
