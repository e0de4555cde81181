using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>user_agent.*</c>: the text as it is, and a name and version from a small table of what calls AWS: SDKs and tools that
/// begin with
/// <c>name/version</c>, services that give their host name, and browsers.</summary>
internal static class UserAgentSection
{
    /// <summary>Longest product name or version; a longer one is no product.</summary>
    private const int MaxTokenBytes = 64;

    public static void Write(in EcsEvent source, MemberWriter members)
    {
        var original = source.Text(RecordField.UserAgent);
        if (original.IsEmpty)
        {
            return;
        }

        var mark = members.Open("\"user_agent\":{"u8);
        members.Text("\"original\":"u8, original);

        if (original.IndexOf((byte)'/') < 0)
        {
            // No product in it: a service's host name, or free text.
            WriteProduct(original, members);
            members.Close(mark);
            return;
        }

        // Older records put it in brackets: "[aws-cli/1.16.310 Python/3.8.1 …]".
        var text = original[0] == '[' ? original[1..].TrimEnd((byte)']') : original;
        if (text.StartsWith("Mozilla/"u8))
        {
            WriteBrowser(text, members);
        }
        else
        {
            WriteProduct(text, members);
        }

        WriteSystem(text, members);
        members.Close(mark);
    }

    private static void WriteProduct(ReadOnlySpan<byte> text, MemberWriter members)
    {
        var slash = text.IndexOfAny((byte)'/', (byte)' ');
        if (slash < 0 && text.IndexOf(".amazonaws.com"u8) > 0)
        {
            // A service that calls on somebody's behalf names itself: "cloudformation.amazonaws.com".
            WriteToken("\"name\":"u8, text, members);
        }

        if (slash > 0 && text[slash] == '/')
        {
            WriteToken("\"name\":"u8, text[..slash], members);
            WriteToken("\"version\":"u8, Version(text[(slash + 1)..]), members);
        }
    }

    private static void WriteBrowser(ReadOnlySpan<byte> text, MemberWriter members)
    {
        // The order tells them apart: Edge and Opera also claim to be Chrome, Chrome also claims to be Safari.
        if (Browser(text, "Edg/"u8, "Edge"u8, members) || Browser(text, "OPR/"u8, "Opera"u8, members)
            || Browser(text, "Firefox/"u8, "Firefox"u8, members) || Browser(text, "HeadlessChrome/"u8, "HeadlessChrome"u8, members)
            || Browser(text, "Chrome/"u8, "Chrome"u8, members))
        {
            return;
        }

        if (text.IndexOf(" Safari/"u8) > 0)
        {
            Browser(text, "Version/"u8, "Safari"u8, members);
        }
    }

    private static bool Browser(ReadOnlySpan<byte> text, ReadOnlySpan<byte> token, ReadOnlySpan<byte> name, MemberWriter members)
    {
        var at = text.IndexOf(token);
        if (at < 0)
        {
            return false;
        }

        members.Text("\"name\":"u8, name);
        WriteToken("\"version\":"u8, Version(text[(at + token.Length)..]), members);
        return true;
    }

    /// <summary><c>Linux/4.19.84-x86_64</c> and <c>os/linux#5.10</c> (SDKs), <c>(Macintosh; Intel Mac OS X 10_15_7)</c>
    /// (browsers).</summary>
    private static void WriteSystem(ReadOnlySpan<byte> text, MemberWriter members)
    {
        ReadOnlySpan<byte> name;
        if (Has(text, "Windows"u8) || Has(text, "os/windows"u8))
        {
            name = "Windows"u8;
        }
        else if (Has(text, "Darwin/"u8) || Has(text, "Mac OS X"u8) || Has(text, "os/macos"u8) || Has(text, "macOS/"u8))
        {
            name = "Mac OS X"u8;
        }
        else if (Has(text, "Linux"u8) || Has(text, "os/linux"u8))
        {
            name = "Linux"u8;
        }
        else
        {
            return;
        }

        var mark = members.Open("\"os\":{"u8);
        members.Text("\"name\":"u8, name);
        members.Close(mark);
    }

    private static bool Has(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part) => text.IndexOf(part) >= 0;

    private static ReadOnlySpan<byte> Version(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny(" ;,)("u8);
        return end < 0 ? text : text[..end];
    }

    private static void WriteToken(ReadOnlySpan<byte> name, ReadOnlySpan<byte> token, MemberWriter members)
    {
        // A backslash could be half an escape.
        if (token.Length is > 0 and <= MaxTokenBytes && token.IndexOf((byte)'\\') < 0)
        {
            members.Text(name, token);
        }
    }
}
