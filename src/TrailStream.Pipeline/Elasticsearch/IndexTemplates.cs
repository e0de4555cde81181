using System.Net;
using Microsoft.Extensions.Logging;
using TrailStream.Pipeline.Setup;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>The stream's own look at its templates when it starts: the same objects as <c>trailstream setup</c> puts, but for what a stream has no
/// business with (lifecycle, roles, keys). Never in the way of the start: whoever may not change templates is told what is wrong with them.</summary>
internal static partial class IndexTemplates
{
    public static async Task InstallAsync(BulkConnection connection, bool isOpenSearch, ILogger logger, CancellationToken cancellationToken)
    {
        var requests = new SetupConnection(connection);
        var features = await FeaturesAsync(requests, isOpenSearch, cancellationToken).ConfigureAwait(false);
        var before = await ElasticsearchSetup.ChoicesBeforeAsync(requests, cancellationToken).ConfigureAwait(false);
        if (before.Refusal is { } refusal)
        {
            Unreliable(logger, "index template", SetupObjects.Alias, "may not be looked at: " + refusal);
            return;
        }

        var choices = new SetupChoices().Over(before.Choices);
        var installer = new ObjectInstaller(requests, isDryRun: false);
        foreach (var wanted in ElasticsearchSetup.Templates(features, choices))
        {
            var row = await installer.InstallAsync(wanted, cancellationToken).ConfigureAwait(false);
            if (row.Outcome == SetupOutcome.Failed)
            {
                Unreliable(logger, row.What, row.Name, row.Detail);

                // A template must not name a component that is not there.
                return;
            }

            if (row.Outcome is SetupOutcome.Created or SetupOutcome.Upgraded)
            {
                Put(logger, row.What, row.Name, row.Outcome, row.Detail);
            }
        }
    }

    /// <summary>The template for ILM is kept where `setup` has made it; only `setup` makes it, since its policy must be there first.</summary>
    private static async Task<ClusterFeatures> FeaturesAsync(SetupConnection requests, bool isOpenSearch, CancellationToken cancellationToken)
    {
        var root = await requests.SendAsync(HttpMethod.Get, "/", null, cancellationToken).ConfigureAwait(false);
        var isServerless = root.Body.ToString().Contains("\"serverless\"", StringComparison.Ordinal);
        var days = SetupObjects.DaysTemplate(new SetupChoices().Over(new SetupChoices()));
        var there = await requests.SendAsync(HttpMethod.Get, days.Path, null, cancellationToken).ConfigureAwait(false);
        return new ClusterFeatures(isOpenSearch, isServerless, "", HasLifecycle: there.Status == HttpStatusCode.OK, HasSecurity: false);
    }

    [LoggerMessage(6110, LogLevel.Warning, "The {what} {name} cannot be relied on: {detail}. Run `trailstream setup elasticsearch` (or opensearch) "
        + "with a user that may, or set elasticsearch.setup to false.")]
    private static partial void Unreliable(ILogger logger, string what, string name, string detail);

    [LoggerMessage(6111, LogLevel.Information, "The {what} {name}: {outcome} {detail}")]
    private static partial void Put(ILogger logger, string what, string name, SetupOutcome outcome, string detail);
}
