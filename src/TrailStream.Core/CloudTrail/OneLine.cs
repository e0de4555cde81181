using TrailStream.Core.Documents;

namespace TrailStream.Core.CloudTrail;

/// <summary>Takes insignificant white space out of a record, so that it is one line: a line feed between tokens would end the document early in
/// NDJSON, and in a <c>_bulk</c> body would let the record's content speak as action lines.</summary>
public static class OneLine
{
    /// <summary>False when a string holds a raw control character, which JSON forbids.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> json, ByteBuffer output)
    {
        while (!json.IsEmpty)
        {
            var next = json.IndexOfAny("\" \t\r\n"u8);
            if (next < 0)
            {
                output.Append(json);
                return json.IndexOfAnyInRange((byte)0, (byte)0x1F) < 0;
            }

            if (json[..next].IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0)
            {
                return false;
            }

            output.Append(json[..next]);
            json = json[next..];
            if (json[0] != '"')
            {
                json = json[1..];
                continue;
            }

            var length = StringLength(json);
            if (json[..length].IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0)
            {
                return false;
            }

            output.Append(json[..length]);
            json = json[length..];
        }

        return true;
    }

    /// <summary>Length of the string at the start, quotes included; to the end where it is not closed.</summary>
    public static int StringLength(ReadOnlySpan<byte> json)
    {
        var at = 1;
        while (at < json.Length)
        {
            var next = json[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                return json.Length;
            }

            at += next;
            if (json[at] == '"')
            {
                return at + 1;
            }

            at += 2;
        }

        return json.Length;
    }
}
