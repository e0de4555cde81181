using System.Text.Json.Nodes;
using TrailStream.Pipeline.Setup;
using Xunit;

namespace TrailStream.Tests.Setup;

/// <summary>A node puts an object into the cluster only where its version is higher than what stands, or the same with other content. Content that changes
/// without the version makes the old and the new nodes of a rolling upgrade undo each other's work for as long as both run.</summary>
public sealed class SetupVersionTests
{
    private const int Version = 2;

    /// <summary>Content of each object in that version.</summary>
    private const string Contents =
        """
        mappings, Elasticsearch ed3caca87e04b193
        mappings, OpenSearch 0516adc7e09fca13
        settings 643911d9c417c5b5
        settings, serverless cb4af60d866f114e
        index template 69b6312a1602aade
        index template, rules alias 07d291e1be626f5c
        index template of days 0219760cf4dfb19b
        lifecycle policy, ILM 8d071c13047845f5
        lifecycle policy, ISM 38fd4abcffc8a531
        role of writers f1517c3c5f878ae5
        role of readers d0f7ef5b25f46d2a
        """;

    [Fact]
    public void ChangedContent_RaisesTheVersion()
    {
        var contents = string.Join('\n', Objects().Select(named => $"{named.Name} {SetupObject.HashOf(Bare(named.Body))}"));
        var advice = contents == Contents
            ? ""
            : SetupObject.Version == Version
                ? $"An object of the set-up has changed: raise SetupObject.Version to {Version + 1}, then put that number and these lines into this test.\n{contents}"
                : $"SetupObject.Version is {SetupObject.Version}: put that number and these lines into this test.\n{contents}";
        Assert.True(advice.Length == 0 && SetupObject.Version == Version, advice);
    }

    private static IEnumerable<(string Name, JsonNode Body)> Objects()
    {
        var choices = new SetupChoices().Over(new SetupChoices());
        var all = new SetupChoices { RulesAlias = true }.Over(choices);
        yield return ("mappings, Elasticsearch", SetupObjects.Mappings(isOpenSearch: false).Body);
        yield return ("mappings, OpenSearch", SetupObjects.Mappings(isOpenSearch: true).Body);
        yield return ("settings", SetupObjects.Settings(choices, isServerless: false).Body);
        yield return ("settings, serverless", SetupObjects.Settings(choices, isServerless: true).Body);
        yield return ("index template", SetupObjects.IndexTemplate(choices).Body);
        yield return ("index template, rules alias", SetupObjects.IndexTemplate(all).Body);
        yield return ("index template of days", SetupObjects.DaysTemplate(choices).Body);
        yield return ("lifecycle policy, ILM", SetupObjects.Ilm(choices).Body);
        yield return ("lifecycle policy, ISM", SetupObjects.Ism(choices));
        yield return ("role of writers", SetupObjects.WriterRole().Body);
        yield return ("role of readers", SetupObjects.ReaderRole().Body);
    }

    /// <summary>Without the version itself and the marks that hold it.</summary>
    private static JsonNode Bare(JsonNode body)
    {
        switch (body)
        {
            case JsonObject members:
                var bare = new JsonObject();
                foreach (var (name, value) in members)
                {
                    if (name is not ("version" or "_meta" or "metadata"))
                    {
                        bare[name] = value is null ? null : Bare(value);
                    }
                }

                return bare;
            case JsonArray items:
                return new JsonArray([.. items.Select(item => item is null ? null : Bare(item))]);
            default:
                return body.GetValueKind() == System.Text.Json.JsonValueKind.String
                    ? body.GetValue<string>().Replace($"version {SetupObject.Version}:", "version:", StringComparison.Ordinal)
                    : body.DeepClone();
        }
    }
}
