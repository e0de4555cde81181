using TrailStream.Core.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

public sealed class CloudTrailFormTests
{
    private const string Mark = "\"trailstream\":" + TestDocuments.NoAttribution;

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1,""" + Mark + "}")]
    [InlineData("""{"a":1} """, """{"a":1,""" + Mark + "}")]
    [InlineData("""{"a":{}}""", """{"a":{},""" + Mark + "}")]
    [InlineData("""{"a":"}{"}""", """{"a":"}{",""" + Mark + "}")]
    [InlineData("{}", "{" + Mark + "}")]
    [InlineData("{ } ", "{ " + Mark + "}")]
    public void Record_IsKeptWithOneMemberMore(string record, string document) =>
        Assert.Equal(document, TestDocuments.Write(DocumentForm.CloudTrail, record));

    [Theory]
    [InlineData("""{"trailstream":{"schema":"0"},"a":1}""", "{" + Mark + ""","a":1}""")]
    [InlineData("""{"a":1,"trailstream": "old" } """, """{"a":1,"trailstream": """ + TestDocuments.NoAttribution + " }")]
    [InlineData("""{"a":1,"trailstream":null}""", """{"a":1,""" + Mark + "}")]
    [InlineData("""{"a":{"trailstream":1}}""", """{"a":{"trailstream":1},""" + Mark + "}")]
    public void EarlierMember_IsReplaced(string record, string document) =>
        Assert.Equal(document, TestDocuments.Write(DocumentForm.CloudTrail, record));
}
