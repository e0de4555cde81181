using System.Text;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

public sealed class FreeFormTests
{
    [Theory]
    [InlineData("""{"k":"v","k2":{"a":"b"},"l":["x","y"]}""", "{k=v, k2={a=b}, l=[x, y]}")]
    [InlineData("""{"a":true,"b":false,"n":null,"e":"","d":"-","none":"none","o":{},"x":[[],{"y":null}]}""", "{a=true, b=false}")]
    [InlineData("""{ "a" : 1 , "b" : [ 1 , "-" , 2 ] }""", "{a=1, b=[1, 2]}")]
    [InlineData("""{"a":0.5,"b":1e10,"c":100.0,"d":1E-5,"e":-2.50,"f":1234567.5,"g":12345678.0,"h":0.001,"i":0.0,"j":12345678901234567890}""",
        "{a=0.5, b=1.0E10, c=100.0, d=1.0E-5, e=-2.5, f=1234567.5, g=1.2345678E7, h=0.001, i=0.0, j=12345678901234567890}")]
    [InlineData("""{"q":"a\"b\\c\u0041\/\ud83d\ude00"}""", "{q=a\\\"b\\\\cA/\U0001F600}")]
    [InlineData("""{"a":1,"a":2}""", "{a=1, a=2}")]
    [InlineData("""{"a":tru}""", """{\"a\":tru}""")]
    [InlineData("""{"a":01}""", """{\"a\":01}""")]
    public void Object_BecomesJavaText(string json, string java) => Assert.Equal(java, Encoding.UTF8.GetString(Read(json).Java));

    [Theory]
    [InlineData("""{"a":1,"\u0061":2,"b":{"a":3}}""", """{"a":1,"b":{"a":3}}""")]
    [InlineData("""{"x\u0000y":1,"\u0000":2}""", """{"xy":1,"_":2}""")]
    [InlineData("""{"a":"\ud83d","b":"\ud83dx","c":"\q"}""", "{\"a\":\"\uFFFD\",\"b\":\"\uFFFDx\",\"c\":\"q\"}")]
    public void Object_IsCleaned(string json, string cleaned) => Assert.Equal(cleaned, Encoding.UTF8.GetString(Read(json).Json));

    [Fact]
    public void LongString_IsCutBetweenCharacters()
    {
        var value = Read("{\"a\":\"" + new string('x', FreeForm.MaxLeafBytes - 1) + "\u20ac\"}");
        Assert.True(value.IsCut);
        Assert.Equal("{\"a\":\"" + new string('x', FreeForm.MaxLeafBytes - 1) + "\"}", Encoding.UTF8.GetString(value.Json));
        Assert.Equal(new string('x', TrailStream.Core.Documents.JsonText.MaxTermBytes), Encoding.UTF8.GetString(value.Text("a"u8)));
        Assert.EndsWith("\u20ac}", Encoding.UTF8.GetString(value.Java), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8192, "x", 8191)]
    [InlineData(8190, "\u20ac", 8190)]
    [InlineData(8189, "\u20ac", 8189)]
    [InlineData(8190, "\\\"", 8190)]
    [InlineData(8189, "\\\"", 8191)]
    [InlineData(8187, "\\u0001", 8187)]
    public void Keyword_IsCutBetweenCharactersAndEscapes(int before, string after, int length)
    {
        var canonical = Encoding.UTF8.GetBytes(new string('x', before) + after + "yyyyyyy");
        Assert.Equal(length, TrailStream.Core.Documents.JsonText.Fit(canonical).Length);
    }

    private static FreeForm Read(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var value = new FreeForm();
        value.Read(bytes, new Slice(0, bytes.Length, SliceKind.Object));
        return value;
    }
}
