namespace TrailStream.Core.Documents;

/// <summary>Tells an IP address, which a field of type <c>ip</c> takes, from the host names that also stand in sourceIPAddress.</summary>
internal static class NetworkAddress
{
    public static bool IsAddress(ReadOnlySpan<byte> text) =>
        text.Length is >= 2 and <= 45 && (text.IndexOf((byte)':') < 0 ? IsVersion4(text) : IsVersion6(text));

    /// <summary>Four decimal numbers of one to three digits.</summary>
    private static bool IsVersion4(ReadOnlySpan<byte> text)
    {
        int parts = 1, digits = 0, number = 0;
        foreach (var value in text)
        {
            if (value == '.' && digits > 0)
            {
                parts++;
                digits = 0;
                number = 0;
                continue;
            }

            // 010 is ten to some readers and eight to others; Elasticsearch refuses it.
            if (value is < (byte)'0' or > (byte)'9' || (digits == 1 && number == 0))
            {
                return false;
            }

            digits++;
            number = (number * 10) + value - '0';
            if (number > 255)
            {
                return false;
            }
        }

        return parts == 4 && digits > 0;
    }

    /// <summary>Eight groups of one to four hexadecimal digits, one run of which may be "::"; the last two may be a version 4
    /// address.</summary>
    private static bool IsVersion6(ReadOnlySpan<byte> text)
    {
        var groups = 0;
        var shortened = false;
        while (!text.IsEmpty)
        {
            if (text.StartsWith("::"u8))
            {
                if (shortened)
                {
                    return false;
                }

                shortened = true;
                text = text[2..];
                if (text.StartsWith(":"u8))
                {
                    return false;
                }

                continue;
            }

            if (text[0] == ':')
            {
                if (groups == 0 || text.Length == 1)
                {
                    return false;
                }

                text = text[1..];
            }

            var digits = 0;
            while (digits < text.Length && char.IsAsciiHexDigit((char)text[digits]))
            {
                digits++;
            }

            if (digits < text.Length && text[digits] == '.')
            {
                return IsVersion4(text) && Fits(groups + 2, shortened);
            }

            if (digits is < 1 or > 4 || (digits < text.Length && text[digits] != ':'))
            {
                return false;
            }

            groups++;
            text = text[digits..];
        }

        return Fits(groups, shortened);
    }

    private static bool Fits(int groups, bool shortened) => shortened ? groups < 8 : groups == 8;
}
