using System.Buffers;

namespace TrailStream.Core.Documents;

/// <summary>Name, version, device and operating system from the text of a user agent, by a small table of what calls AWS: SDKs and tools that begin
/// with <c>name/version</c>, services that give their host name, and browsers. What is not recognised is left out, never guessed.</summary>
internal static class UserAgent
{
    /// <summary>Longest product name or version; a longer one is no product.</summary>
    private const int MaxTokenBytes = 64;

    private static readonly SearchValues<byte> VersionBytes = SearchValues.Create("0123456789._"u8);

    /// <summary>Appends the members <c>"name":…,"version":…,"device":{…},"os":{…},</c>.</summary>
    public static void Write(ReadOnlySpan<byte> original, MemberWriter members)
    {
        if (original.IndexOf((byte)'/') < 0)
        {
            // No product in it: a service's host name, or free text.
            WriteProduct(original, members);
            return;
        }

        // Older records put it in brackets: "[aws-cli/1.16.310 Python/3.8.1 …]".
        var text = original[0] == '[' ? original[1..].TrimEnd((byte)']') : original;
        if (text.StartsWith("Mozilla/"u8))
        {
            WriteBrowser(text, members);
            WriteDevice(text, members);
        }
        else
        {
            WriteProduct(text, members);
        }

        WriteSystem(text, members);
    }

    private static void WriteProduct(ReadOnlySpan<byte> text, MemberWriter members)
    {
        var slash = text.IndexOfAny((byte)'/', (byte)' ');
        if (slash < 0 && text.IndexOf(".amazonaws.com"u8) > 0)
        {
            // A service that calls on somebody's behalf names itself: "cloudformation.amazonaws.com".
            WriteToken("\"name\":\""u8, text, members);
        }

        if (slash > 0 && text[slash] == '/')
        {
            WriteToken("\"name\":\""u8, text[..slash], members);
            WriteToken("\"version\":\""u8, Token(text[(slash + 1)..]), members);
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
        var version = Behind(text, token);
        if (version.IsEmpty)
        {
            return false;
        }

        members.Text("\"name\":\""u8, name);
        WriteToken("\"version\":\""u8, Token(version), members);
        return true;
    }

    /// <summary>Only what a browser says in its first bracket: <c>(iPhone; CPU iPhone OS 17_1 like Mac OS X)</c>, <c>(Macintosh; …)</c>.</summary>
    private static void WriteDevice(ReadOnlySpan<byte> text, MemberWriter members)
    {
        var open = text.IndexOf((byte)'(');
        var device = open < 0 ? default : text[(open + 1)..];
        var name = device.StartsWith("Macintosh;"u8) ? "Mac"u8
            : device.StartsWith("iPhone;"u8) ? "iPhone"u8
            : device.StartsWith("iPad;"u8) ? "iPad"u8 : default;
        members.Inner("\"device\":{\"name\":\""u8, name);
    }

    /// <summary><c>Linux/4.19.84-x86_64</c>, <c>os/linux#5.10</c> and <c>md/…</c> (SDKs), <c>(Macintosh; Intel Mac OS X 10_15_7)</c>
    /// (browsers).</summary>
    private static void WriteSystem(ReadOnlySpan<byte> text, MemberWriter members)
    {
        if (Has(text, "iPhone OS "u8) || Has(text, "iPad; CPU OS "u8))
        {
            var version = Behind(text, "iPhone OS "u8);
            WriteSystem("iOS"u8, version.IsEmpty ? Behind(text, "CPU OS "u8) : version, members);
        }
        else if (Has(text, "Windows NT "u8))
        {
            // NT 10.0 is what 10 and 11 both call themselves.
            var version = Token(Behind(text, "Windows NT "u8));
            WriteSystem("Windows"u8, version.SequenceEqual("10.0"u8) ? "10"u8 : version.SequenceEqual("6.1"u8) ? "7"u8 : default, members);
        }
        else if (Has(text, "Windows/"u8) || Has(text, "os/windows"u8))
        {
            WriteSystem("Windows"u8, Version(text, "Windows/"u8, "os/windows#"u8), members);
        }
        else if (Has(text, "Mac OS X"u8) || Has(text, "os/macos"u8) || Has(text, "macOS/"u8))
        {
            var version = Behind(text, "Mac OS X "u8);
            WriteSystem("Mac OS X"u8, version.IsEmpty ? Version(text, "macOS/"u8, "os/macos#"u8) : version, members);
        }
        else if (Has(text, "Darwin/"u8))
        {
            // Darwin's own number is not that of the system.
            WriteSystem("Mac OS X"u8, default, members);
        }
        else if (Has(text, "Linux"u8) || Has(text, "os/linux"u8))
        {
            WriteSystem("Linux"u8, Version(text, "Linux/"u8, "os/linux#"u8), members);
        }
    }

    private static void WriteSystem(ReadOnlySpan<byte> name, ReadOnlySpan<byte> version, MemberWriter members)
    {
        // Digits and points: "5.10.0-28-cloud" is 5.10.0; browsers write 10_15_7.
        var end = version.IndexOfAnyExcept(VersionBytes);
        version = (end < 0 ? version : version[..end]).TrimEnd("._"u8);
        if (version.Length > MaxTokenBytes)
        {
            version = default;
        }

        var mark = members.Open("\"os\":{"u8);
        members.Text("\"name\":\""u8, name);
        if (!version.IsEmpty)
        {
            Span<byte> dotted = stackalloc byte[MaxTokenBytes];
            version.Replace(dotted, (byte)'_', (byte)'.');
            dotted = dotted[..version.Length];
            members.Text("\"version\":\""u8, dotted);
            members.Output.Append("\"full\":\""u8);
            members.Output.Append(name);
            members.Output.Append(" "u8, dotted, (byte)'"', (byte)',');
        }

        members.Close(mark);
    }

    private static ReadOnlySpan<byte> Version(ReadOnlySpan<byte> text, ReadOnlySpan<byte> product, ReadOnlySpan<byte> system)
    {
        var version = Behind(text, system);
        return version.IsEmpty ? Behind(text, product) : version;
    }

    private static bool Has(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part) => text.IndexOf(part) >= 0;

    private static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part)
    {
        var at = text.IndexOf(part);
        return at < 0 ? default : text[(at + part.Length)..];
    }

    private static ReadOnlySpan<byte> Token(ReadOnlySpan<byte> text)
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
