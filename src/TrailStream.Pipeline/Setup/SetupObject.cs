using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup;

/// <summary>One thing that the set-up owns in the cluster: how to ask for it, how to put it, and where it says whose it is.</summary>
internal sealed class SetupObject
{
    /// <summary>Raised with every release that changes one of the objects; a cluster that holds a later number is left alone, so that the
    /// old nodes of a rolling upgrade do not undo the new ones' work.</summary>
    public const int Version = 2;

    public const string Owner = "trailstream";

    private readonly string[] _metaPath;

    /// <param name="what">Kind of thing, for people.</param>
    /// <param name="path">Path of GET and PUT.</param>
    /// <param name="metaName">Member of <paramref name="body"/> that takes the owner's mark: dotted, "policy._meta".</param>
    /// <param name="answerPath">Where GET's answer holds that member: names and, for the first item of an array, 0.</param>
    /// <param name="body">The object without the mark.</param>
    /// <param name="choices">Kept in the mark, if this object is the one that remembers them.</param>
    public SetupObject(string what, string path, string metaName, string answerPath, JsonObject body, SetupChoices? choices = null)
    {
        What = what;
        Path = path;
        Body = body;
        Content = choices is null ? HashOf(body) : HashOf(new JsonArray(body.DeepClone(), choices.ToJson()));
        _metaPath = answerPath.Split('/');
        var holder = metaName.Split('.')[..^1].Aggregate((JsonNode)body, (node, name) => node[name]!);
        var mark = new JsonObject { ["managed_by"] = Owner, ["version"] = Version, ["content"] = Content };
        if (choices is not null)
        {
            mark["choices"] = choices.ToJson();
        }

        holder[metaName.Split('.')[^1]] = mark;
    }

    public string What { get; }

    public string Path { get; }

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public JsonObject Body { get; }

    /// <summary>Hash of the body: tells whether what stands is what this program would put.</summary>
    public string Content { get; }

    /// <summary>The mark in GET's answer; undefined where there is none.</summary>
    public JsonElement MarkIn(JsonElement answer)
    {
        foreach (var step in _metaPath)
        {
            if (step == "0" ? answer.ValueKind != JsonValueKind.Array || answer.GetArrayLength() == 0
                : answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty(step, out _))
            {
                return default;
            }

            answer = step == "0" ? answer[0] : answer.GetProperty(step);
        }

        return answer;
    }

    public static string HashOf(JsonNode body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body.ToJsonString())))[..16];
}
