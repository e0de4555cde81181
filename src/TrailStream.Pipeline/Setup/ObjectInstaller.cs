using System.Net;
using System.Text.Json;

namespace TrailStream.Pipeline.Setup;

/// <summary>Puts objects where they are missing or of an earlier version; leaves alone what somebody else owns and what a later version made.
/// Repeating it, also at the same time on every node, ends in the same state: each PUT is whole and all put the same.</summary>
internal sealed class ObjectInstaller(SetupConnection connection, bool isDryRun)
{
    public async Task<SetupRow> InstallAsync(SetupObject wanted, CancellationToken cancellationToken)
    {
        var there = await connection.SendAsync(HttpMethod.Get, wanted.Path, null, cancellationToken).ConfigureAwait(false);
        if (!there.IsSuccess && there.Status != HttpStatusCode.NotFound)
        {
            return Row(wanted, SetupOutcome.Failed, "may not be looked at: " + there.Refusal);
        }

        // Asked for roles, Elasticsearch answers {} with 200 or 404, according to version.
        var isThere = there.IsSuccess && there.Body.ValueKind == JsonValueKind.Object && there.Body.EnumerateObject().Any();
        if (!isThere)
        {
            return await PutAsync(wanted, SetupOutcome.Created, "", cancellationToken).ConfigureAwait(false);
        }

        var mark = Mark.Read(wanted.MarkIn(there.Body));
        return mark switch
        {
            { IsOurs: false } => Row(
                wanted, SetupOutcome.Failed, "exists and is not ours (no _meta.managed_by: trailstream): rename or delete it, then set up again"),
            { Version: > SetupObject.Version } => Row(wanted, SetupOutcome.Skipped, $"version {mark.Version} of a later TrailStream stands"),
            { Version: SetupObject.Version } when mark.Content == wanted.Content => Row(wanted, SetupOutcome.Unchanged, ""),
            _ => await PutAsync(
                wanted, SetupOutcome.Upgraded,
                mark.Version < SetupObject.Version ? $"from version {mark.Version} to {SetupObject.Version}" : "with other choices or fields", cancellationToken)
                .ConfigureAwait(false),
        };
    }

    private async Task<SetupRow> PutAsync(SetupObject wanted, SetupOutcome outcome, string detail, CancellationToken cancellationToken)
    {
        if (isDryRun)
        {
            return Row(wanted, outcome, detail);
        }

        var answer = await connection.SendAsync(HttpMethod.Put, wanted.Path, wanted.Body, cancellationToken).ConfigureAwait(false);
        return answer.IsSuccess ? Row(wanted, outcome, detail) : Row(wanted, SetupOutcome.Failed, answer.Refusal);
    }

    private static SetupRow Row(SetupObject wanted, SetupOutcome outcome, string detail) => new(wanted.What, wanted.Name, outcome, detail);

    /// <summary><c>{"managed_by":"trailstream","version":2,"content":"…"}</c>; the first version's templates had only the owner.</summary>
    internal readonly record struct Mark(bool IsOurs, int Version, string? Content)
    {
        public static Mark Read(JsonElement mark)
        {
            if (mark.ValueKind != JsonValueKind.Object || !mark.TryGetProperty("managed_by", out var owner)
                || owner.ValueKind != JsonValueKind.String || owner.GetString() != SetupObject.Owner)
            {
                return default;
            }

            var version = mark.TryGetProperty("version", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var value) ? value : 1;
            var content = mark.TryGetProperty("content", out var hash) && hash.ValueKind == JsonValueKind.String ? hash.GetString() : null;
            return new Mark(true, version, content);
        }
    }
}
