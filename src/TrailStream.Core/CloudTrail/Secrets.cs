using TrailStream.Core.Documents;

namespace TrailStream.Core.CloudTrail;

/// <summary>Takes credentials out of records: AWS logs the whole session token of a grant, and masks passwords only where a service says so. Values of
/// members named sessionToken, secretAccessKey or …password, at any depth and inside JSON that is itself a string, are replaced.</summary>
public static class Secrets
{
    public static ReadOnlySpan<byte> Replacement => "HIDDEN_BY_TRAILSTREAM"u8;

    /// <summary>A quick look at the members that may hold free-form content. A <c>\u</c> escape may hide a name, so that it counts as a hit.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> record, in RecordFields fields) =>
        MayBeIn(fields.Raw(record, RecordField.ResponseElements)) || MayBeIn(fields.Raw(record, RecordField.RequestParameters))
        || MayBeIn(fields.Raw(record, RecordField.AdditionalEventData)) || MayBeIn(fields.Raw(record, RecordField.ServiceEventDetails));

    /// <summary>Writes the record with its secrets replaced; false when it holds none.</summary>
    public static bool Redact(ReadOnlySpan<byte> record, ByteBuffer output)
    {
        var found = false;
        var json = record;
        var secret = false;
        while (!json.IsEmpty)
        {
            var quote = json.IndexOf((byte)'"');
            if (quote < 0)
            {
                output.Append(json);
                break;
            }

            output.Append(json[..quote]);
            json = json[quote..];
            var length = OneLine.StringLength(json);
            var text = json[..length];
            json = json[length..];
            if (IsKey(json))
            {
                secret = IsSecretName(text);
                output.Append(text);

                // Only a string directly behind the colon is the value; an object below starts anew.
                var value = json.IndexOfAnyExcept(" :"u8);
                secret &= value >= 0 && json[value] == '"';
                continue;
            }

            if (secret && !IsMask(text))
            {
                output.Append((byte)'"');
                output.Append(Replacement);
                output.Append((byte)'"');
                secret = false;
                found = true;
            }
            else
            {
                found |= AppendString(text, output);
                secret = false;
            }
        }

        return found;
    }

    private static bool MayBeIn(ReadOnlySpan<byte> part) =>
        part.Length > 12 && (part.IndexOf("essionToken"u8) >= 0 || part.IndexOf("ecretAccessKey"u8) >= 0 || part.IndexOf("assword"u8) >= 0
            || part.IndexOf("\\u"u8) >= 0);

    /// <summary>AWS's own say more than ours would: <c>"HIDDEN_DUE_TO_SECURITY_REASONS"</c>, <c>"****"</c>.</summary>
    private static bool IsMask(ReadOnlySpan<byte> quoted) =>
        quoted.SequenceEqual("\"HIDDEN_DUE_TO_SECURITY_REASONS\""u8) || quoted.Trim((byte)'"').IndexOfAnyExcept((byte)'*') < 0;

    private static bool IsKey(ReadOnlySpan<byte> behind)
    {
        var next = behind.IndexOfAnyExcept((byte)' ');
        return next >= 0 && behind[next] == ':';
    }

    /// <summary>A quoted name, escapes and letter case aside.</summary>
    private static bool IsSecretName(ReadOnlySpan<byte> quoted)
    {
        var raw = quoted.Length < 2 ? default : quoted[1..^1];
        Span<byte> name = stackalloc byte[64];
        if (raw.Length > 6 * 20 || !JsonText.TryUnescape(raw, name, out var length))
        {
            return false;
        }

        name = name[..length];
        return System.Text.Ascii.EqualsIgnoreCase(name, "sessionToken"u8) || System.Text.Ascii.EqualsIgnoreCase(name, "secretAccessKey"u8)
            || (length >= 8 && System.Text.Ascii.EqualsIgnoreCase(name[^8..], "password"u8));
    }

    /// <summary>A string that may itself be JSON: <c>"{\"sessionToken\":\"…\"}"</c>. Everything behind such a name up to the next escaped quote goes.</summary>
    private static bool AppendString(ReadOnlySpan<byte> text, ByteBuffer output)
    {
        var found = false;
        while (true)
        {
            var name = IndexOfNestedName(text, out var behind);
            if (name < 0)
            {
                output.Append(text);
                return found;
            }

            var value = text[behind..];
            var open = value.IndexOf("\\\""u8);
            if (open < 0 || value[..open].IndexOfAnyExcept(" :"u8) >= 0)
            {
                output.Append(text[..behind]);
                text = value;
                continue;
            }

            output.Append(text[..(behind + open + 2)]);
            output.Append(Replacement);
            value = value[(open + 2)..];
            var close = value.IndexOf("\\\""u8);
            found = true;
            text = close >= 0 ? value[close..] : "\""u8;
        }
    }

    private static int IndexOfNestedName(ReadOnlySpan<byte> text, out int behind)
    {
        var first = -1;
        behind = 0;
        Find(text, "essionToken\\\""u8, ref first, ref behind);
        Find(text, "ecretAccessKey\\\""u8, ref first, ref behind);
        Find(text, "assword\\\""u8, ref first, ref behind);
        return first;

        static void Find(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name, ref int first, ref int behind)
        {
            var at = text.IndexOf(name);
            if (at >= 0 && (first < 0 || at < first))
            {
                (first, behind) = (at, at + name.Length);
            }
        }
    }
}
