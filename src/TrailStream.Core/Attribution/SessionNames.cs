namespace TrailStream.Core.Attribution;

/// <summary>Session names against origins: a name is a claim, and a claim may be somebody else's name.</summary>
internal static class SessionNames
{
    /// <summary>True where a session's name can be a person's at all: what clients make up has digits in it, or their own prefix.</summary>
    public static bool MayNamePerson(ReadOnlySpan<byte> session)
    {
        const int DigitsMax = 3;
        var digits = 0;
        foreach (var c in session)
        {
            digits += c is >= (byte)'0' and <= (byte)'9' ? 1 : 0;
        }

        return digits <= DigitsMax && session.Length is > 1 and <= 64 && !session.StartsWith("aws-"u8) && !session.StartsWith("botocore-"u8)
            && !session.StartsWith("AWSCLI-"u8) && !session.StartsWith("terraform"u8);
    }

    /// <summary>True: the session bears the person's own name. False: it bears another person's. Null: it names nobody we know, or the origin is
    /// no person.</summary>
    public static bool? Match(Sessions.SessionIndex index, ReadOnlySpan<byte> session, in Principal origin)
    {
        if (session.IsEmpty || origin.Name.IsEmpty || !IsPerson(origin.Type))
        {
            return null;
        }

        var at = origin.Name.IndexOf((byte)'@');
        if (session.SequenceEqual(origin.Name) || (at > 0 && session.SequenceEqual(origin.Name[..at])))
        {
            return true;
        }

        return index.IsPersonName(session) ? false : null;
    }

    public static bool IsPerson(OriginType type) => type is OriginType.IAMUser or OriginType.SAMLUser or OriginType.IdentityCenterUser;
}
