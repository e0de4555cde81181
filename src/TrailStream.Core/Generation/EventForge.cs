using System.Text;
using TrailStream.Core.Documents;

namespace TrailStream.Core.Generation;

/// <summary>Writes one record as CloudTrail does: the same members in the same order, about a kilobyte.</summary>
internal sealed class EventForge(TrailRandom random)
{
    private static ReadOnlySpan<byte> Hex => "0123456789abcdef"u8;

    private readonly byte[] _id = new byte[36];

    /// <summary>An id for <see cref="Write"/>: a random GUID of version 4.</summary>
    public string NextEventId()
    {
        FillId();
        return Encoding.ASCII.GetString(_id);
    }

    /// <summary>A temporary key that holds its account, as AWS's do: the account's 40 bits stand at bit 7 of the first 48.</summary>
    public string NextKey(string account)
    {
        var first = ((ulong)long.Parse(account) << 7) | (random.Next() & 0x7F) | 0x800000000000;
        var bits = ((UInt128)first << 32) | (uint)random.Next();
        Span<char> text = stackalloc char[20];
        "ASIA".CopyTo(text);
        for (var i = 19; i >= 4; i--)
        {
            text[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(int)(bits & 31)];
            bits >>= 5;
        }

        return new string(text);
    }

    public void Write(ByteBuffer output, in ForgedEvent what)
    {
        output.Append("{\"eventVersion\":\"1.11\","u8);
        if (what.Identity.Length > 0)
        {
            output.Append("\"userIdentity\":"u8);
            output.Append(what.Identity);
            output.Append((byte)',');
        }

        output.Append("\"eventTime\":\""u8);
        IsoTime.WriteSeconds(what.Time, output);
        Member(output, "\",\"eventSource\":\""u8, what.Source);
        Member(output, "\",\"eventName\":\""u8, what.Name);
        Member(output, "\",\"awsRegion\":\""u8, what.Source.StartsWith("sts", StringComparison.Ordinal) ? "us-east-1" : "eu-west-1");
        Member(output, "\",\"sourceIPAddress\":\""u8, what.SourceIp);
        Member(output, "\",\"userAgent\":\""u8, what.UserAgent);
        output.Append((byte)'"');
        if (what.Error is not null)
        {
            Member(output, ",\"errorCode\":\""u8, what.Error);
            output.Append("\",\"errorMessage\":\"User is not authorized to perform this call\""u8);
        }

        Member(output, ",\"requestParameters\":"u8, what.Request);
        Member(output, ",\"responseElements\":"u8, what.Response ?? "null");
        if (what.Additional is not null)
        {
            Member(output, ",\"additionalEventData\":"u8, what.Additional);
        }

        FillId();
        output.Append(",\"requestID\":\""u8);
        output.Append(_id);
        Member(output, "\",\"eventID\":\""u8, what.EventId);
        output.Append(what.ReadOnly ? "\",\"readOnly\":true,"u8 : "\",\"readOnly\":false,"u8);
        Member(output, "\"eventType\":\""u8, what.Type ?? "AwsApiCall");
        output.Append(what.Category is null or "Insight" ? "\",\"managementEvent\":true,"u8 : "\",\"managementEvent\":false,"u8);
        Member(output, "\"recipientAccountId\":\""u8, what.Account);
        output.Append((byte)'"');
        if (what.SharedEventId is not null)
        {
            Member(output, ",\"sharedEventID\":\""u8, what.SharedEventId);
            output.Append((byte)'"');
        }

        Member(output, ",\"eventCategory\":\""u8, what.Category ?? "Management");
        output.Append((byte)'"');
        if (what.More is not null)
        {
            Member(output, ","u8, what.More);
        }

        output.Append(",\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\""u8);
        Member(output, ",\"clientProvidedHostHeader\":\""u8, what.Source);
        output.Append("\"}}"u8);
    }

    private static void Member(ByteBuffer output, ReadOnlySpan<byte> before, string value)
    {
        output.Append(before);
        output.Advance(Encoding.UTF8.GetBytes(value, output.Reserve(value.Length * 3)));
    }

    private void FillId()
    {
        Span<ulong> bits = [random.Next(), random.Next()];
        for (int i = 0, digit = 0; i < 36; i++)
        {
            if (i is 8 or 13 or 18 or 23)
            {
                _id[i] = (byte)'-';
                continue;
            }

            _id[i] = Hex[(int)((bits[digit >> 4] >> ((digit & 15) * 4)) & 15)];
            digit++;
        }

        _id[14] = (byte)'4';
        _id[19] = (byte)'8';
    }
}

/// <summary>What <see cref="EventForge.Write"/> needs to know. Request, Response and Additional are JSON, More is members of the record; an empty
/// identity leaves userIdentity out.</summary>
internal struct ForgedEvent
{
    public byte[] Identity;
    public long Time;
    public string Source;
    public string Name;
    public string Account;
    public string SourceIp;
    public string UserAgent;
    public string Request;
    public string? Response;
    public string? Additional;
    public string? Error;
    public string? SharedEventId;
    public string EventId;
    public string? Type;
    public string? Category;
    public string? More;
    public bool ReadOnly;
}
