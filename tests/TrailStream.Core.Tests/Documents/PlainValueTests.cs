using System.Globalization;
using System.Text;
using CsCheck;
using TrailStream.Core.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

public sealed class PlainValueTests
{
    [Theory]
    [InlineData("1.2.3.4", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("1.2.3", false)]
    [InlineData("1.2.3.256", false)]
    [InlineData("01.2.3.4", false)]
    [InlineData("0.0.0.0", true)]
    [InlineData("1.2.3.4.", false)]
    [InlineData("ec2.amazonaws.com", false)]
    [InlineData("::", true)]
    [InlineData("::1", true)]
    [InlineData("2001:db8::7", true)]
    [InlineData("1:2:3:4:5:6:7:8", true)]
    [InlineData("1:2:3:4:5:6:7", false)]
    [InlineData("1:2:3:4:5:6:7:8:9", false)]
    [InlineData("1::2::3", false)]
    [InlineData("1:::2", false)]
    [InlineData(":1::2", false)]
    [InlineData("1:2:", false)]
    [InlineData("fe80::1%eth0", false)]
    [InlineData("::ffff:1.2.3.4", true)]
    [InlineData("12345::", false)]
    [InlineData("", false)]
    public void Address_IsTold(string text, bool isAddress) =>
        Assert.Equal(isAddress, NetworkAddress.IsAddress(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Time_ReadsBackWhatItWrote() =>
        Gen.Long[-62_135_596_800_000, 253_402_300_799_999].Sample(milliseconds =>
        {
            var output = new ByteBuffer(8);
            DocumentTime.Write(milliseconds, output);
            var expected = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            return Encoding.ASCII.GetString(output.Written) == expected && DocumentTime.TryParse(output.Written, out var read) && read == milliseconds;
        });

    [Theory]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-11-23T24:00:00Z")]
    [InlineData("2026-11-23T10:15:32")]
    [InlineData("2026-11-23T10:15:32.Zx")]
    [InlineData("yesterday, around noon")]
    public void NoTime_IsRefused(string text) => Assert.False(DocumentTime.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Text_IsValidWithinItsLimit() =>
        Gen.String.Select(Gen.Int[0, 40]).Sample((text, limit) =>
        {
            var raw = Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Serialize(text))[1..^1];
            var output = new ByteBuffer(8);
            output.Append((byte)'"');
            var isCut = JsonText.Append(output, raw, limit);
            var length = output.Length - 1;
            output.Append((byte)'"');
            var read = System.Text.Json.JsonSerializer.Deserialize<string>(output.Written)!;
            return length <= limit && (isCut || read == Valid(text)) && Valid(text).StartsWith(read, StringComparison.Ordinal);
        });

    /// <summary>The text as UTF-8 can hold it: halves of surrogate pairs are replaced.</summary>
    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
