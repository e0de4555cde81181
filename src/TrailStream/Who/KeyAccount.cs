namespace TrailStream.Who;

/// <summary>The account that an access key's own bits name: base32 behind the prefix, first 48 bits, masked, shifted by 7. True of keys since about 2019.</summary>
internal static class KeyAccount
{
    /// <summary>Twelve digits, or null for what is no such key.</summary>
    public static string? Of(string key)
    {
        if (key.Length != 20)
        {
            return null;
        }

        ulong bits = 0;
        foreach (var c in key.AsSpan(4, 10))
        {
            var digit = c is >= 'A' and <= 'Z' ? c - 'A' : c is >= '2' and <= '7' ? c - '2' + 26 : -1;
            if (digit < 0)
            {
                return null;
            }

            bits = (bits << 5) | (uint)digit;
        }

        var account = ((bits >> 2) & 0x7FFFFFFFFF80) >> 7;
        return account < 1_000_000_000_000 ? account.ToString("D12", System.Globalization.CultureInfo.InvariantCulture) : null;
    }
}
