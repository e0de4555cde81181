using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using TrailStream.Pipeline.Verification;
using Xunit;

namespace TrailStream.Pipeline.Tests.Verification;

public sealed class RecordDigestTests
{
    [Fact]
    public void OrderAndSpaces_DoNotCount_EveryMemberDoes() => Gen.Select(
        Gen.Dictionary(Gen.String[Gen.Char["abc,{}[]\" \\"], 1, 4], Gen.String[Gen.Char["xyz,{}[]\" \\"], 0, 6])[1, 6], Gen.Int[0, 5]).Sample((members, which) =>
    {
        var record = Text(members);
        var reversed = Text(members.Reverse());
        var spaced = record.Replace("\":", "\" :", StringComparison.Ordinal);
        var changed = members.ToDictionary();
        var key = changed.Keys.ElementAt(which % changed.Count);
        changed[key] += "!";
        return Of(record) == Of(reversed) && Of(record) != Of(Text(changed)) && (IsTricky(members) || Of(record) == Of(spaced));
    });

    [Fact]
    public void NestedValues_Count()
    {
        var one = Of("""{"a":{"b":[1,2,{"c":"}"}]},"d":null}""");
        Assert.Equal(one, Of("""{ "d" : null , "a" : { "b" : [ 1 , 2 , { "c" : "}" } ] } }"""));
        Assert.NotEqual(one, Of("""{"a":{"b":[1,2,{"c":"} "}]},"d":null}"""));
        Assert.NotEqual(one, Of("""{"a":{"b":[2,1,{"c":"}"}]},"d":null}"""));
    }

    /// <summary>A member's own text may look like the end of a name.</summary>
    private static bool IsTricky(IEnumerable<KeyValuePair<string, string>> members) => members.Any(member => (member.Key + member.Value).Contains('"'));

    private static string Text(IEnumerable<KeyValuePair<string, string>> members) =>
        new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)member.Value))).ToJsonString(
            new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static ulong Of(string record) => RecordDigest.Of(Encoding.UTF8.GetBytes(record));
}
