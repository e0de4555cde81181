using System.Globalization;
using System.Text.Json.Nodes;
using TrailStream.Core.Attribution;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Store;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>Bodies of the searches for documents that late evidence concerns.</summary>
internal static class SearchBody
{
    /// <summary>More day indices than this are asked for by their pattern: a path has its limit, and a shard without a match costs little.</summary>
    private const int IndicesNamedMax = 12;

    private const string Pattern = "trailstream-cloudtrail-*";
    private const string Status = "trailstream.attribution.status";
    private const string Method = "trailstream.attribution.method";
    private const string Reason = "trailstream.attribution.reason";
    private const string Confidence = "trailstream.attribution.confidence";
    private const string OriginId = "trailstream.attribution.origin.id";
    private const string SessionKey = "trailstream.attribution.session.access_key_id";
    private const long Day = 86_400;

    /// <summary>Two records of one grant lie up to the tolerance apart, and the events of the session from either.</summary>
    private const int BegunWithin = 2 * SessionIndex.ToleranceSeconds;

    /// <summary>Ranges of beginnings in one question by name. With one range for changes that lie hours apart, most of what was found was of other
    /// sessions of the same names; a clause for each of 1,000 would be at the limit that servers set (1,024).</summary>
    private const int RangesMax = 64;

    /// <summary>The path: the indices of the days on which what is concerned can have happened.</summary>
    public static string PathOf(IReadOnlyList<IndexChange> changes, long now)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var buffer = new ByteBuffer(64);
        foreach (var change in changes)
        {
            for (var time = change.From - 2; names.Count <= IndicesNamedMax; time += Day)
            {
                buffer.Clear();
                IndexName.Write(Math.Min(time, change.Until), now, buffer);
                names.Add(System.Text.Encoding.ASCII.GetString(buffer.Written));
                if (time >= change.Until)
                {
                    break;
                }
            }
        }

        return "/" + (names.Count > IndicesNamedMax ? Pattern : string.Join(',', names)) + "/_search";
    }

    public static string PathOfAll => "/" + Pattern + "/_search";

    /// <summary>By key the uses that are concerned and the grant, by name what no key has proven, and of sessions that contradict what was written,
    /// everything; by the origin's id those that hold no more of a principal who has a name now. In the cloudtrail form only <c>trailstream.*</c> is
    /// mapped: there a session is looked for by its name, and the rest is left to attribution.</summary>
    public static JsonObject Concerned(IReadOnlyList<IndexChange> changes, DocumentForm form)
    {
        var sessions = changes.OfType<ChangedSession>().ToList();
        var isEcs = form == DocumentForm.Ecs;
        var clauses = new JsonArray();
        foreach (var group in sessions.Where(session => session.AccessKey.Length > 0).GroupBy(session => session.Concerns))
        {
            var keys = group.Select(session => session.AccessKey).Distinct().ToList();
            var proven = Unconcerned(group.Key);
            Add(SessionKey, keys, without: proven);
            if (isEcs)
            {
                Add("aws.cloudtrail.user_identity.access_key_id", keys, without: proven);
                Add("aws.cloudtrail.flattened.response_elements.credentials.accessKeyId", keys,
                    with: group.Key is ConcernedUses.Unproven or ConcernedUses.Incomplete ? Terms(Reason, StoreQuestion.HalfTold) : null,
                    without: group.Key == ConcernedUses.Named ? NamesNobody() : null);
            }
        }

        foreach (var group in sessions.GroupBy(session => (session.MayContradict, IsForNamed: session.Concerns == ConcernedUses.Named)))
        {
            var unconcerned = !group.Key.MayContradict ? Exact() : group.Key.IsForNamed ? NamesNobody() : null;
            foreach (var together in isEcs ? ByBeginning(group) : [[.. group]])
            {
                Add(NameField(form), Names(together, form), isEcs ? BegunWith(together) : null, unconcerned);
            }
        }

        Add(OriginId, [.. changes.OfType<NamedPrincipal>().Select(principal => principal.Id)], with: Terms(Reason, StoreQuestion.HalfTold));
        return Body(Any(clauses), countAll: false);

        void Add(string field, List<string> values, JsonObject? with = null, JsonObject? without = null)
        {
            if (values.Count > 0)
            {
                var filter = Filter(Terms(field, values), (JsonObject?)with?.DeepClone());
                if (without is not null)
                {
                    filter["bool"]!["must_not"] = without.DeepClone();
                }

                clauses.Add((JsonNode)filter);
            }
        }
    }

    /// <summary>A key proves all of it. AWS's statement of a user is exact too, and the grant adds to it what it does not say.</summary>
    private static JsonObject Exact()
    {
        var exact = Filter(Terms(Confidence, [Codes.NameOf(AttributionConfidence.Exact)]), null);
        exact["bool"]!["must_not"] = Terms(Method, [Codes.NameOf(AttributionMethod.OnBehalfOf)]);
        return exact;
    }

    /// <summary>Documents that cannot become better.</summary>
    private static JsonObject? Unconcerned(ConcernedUses concerned)
    {
        if (concerned is ConcernedUses.All or ConcernedUses.Named)
        {
            return concerned == ConcernedUses.All ? null : NamesNobody();
        }

        var proven = Filter(Terms(Method, [Codes.NameOf(AttributionMethod.AccessKey)]), Terms(Status, Names(AttributionStatus.Attributed)));
        if (concerned == ConcernedUses.Incomplete)
        {
            proven["bool"]!["filter"]!.AsArray().Add((JsonNode)Exact());
            proven["bool"]!["must_not"] = Terms(Reason, StoreQuestion.HalfTold);
        }

        return proven;
    }

    private static JsonObject NamesNobody() =>
        Terms(Status, Names(AttributionStatus.Pending, AttributionStatus.Partial, AttributionStatus.Unattributed));

    /// <summary>Pending documents, and those given up since a time.</summary>
    public static JsonObject Unexplained(long? finalSince)
    {
        var query = Terms(Status, Names(AttributionStatus.Pending));
        if (finalSince is { } since)
        {
            var range = new JsonObject { ["range"] = new JsonObject { ["trailstream.attribution.resolved_at"] = new JsonObject { ["gte"] = IsoText(since) } } };
            query = Any([query, Filter(Terms(Status, Names(AttributionStatus.Partial, AttributionStatus.Unattributed)), range)]);
        }

        return Body(query, countAll: true);
    }

    /// <summary>Sessions that began one after the other, in at most <see cref="RangesMax"/> parts of like size.</summary>
    private static IEnumerable<ChangedSession[]> ByBeginning(IEnumerable<ChangedSession> sessions)
    {
        var ordered = sessions.OrderBy(session => session.IssuedAt).ToList();
        return ordered.Chunk(Math.Max(1, (ordered.Count + RangesMax - 1) / RangesMax));
    }

    /// <summary>A name is used for many sessions, and only those that began with these can be meant.</summary>
    private static JsonObject BegunWith(ChangedSession[] ordered)
    {
        var range = new JsonObject
        {
            ["gte"] = IsoText(ordered[0].IssuedAt - BegunWithin),
            ["lte"] = IsoText(ordered[^1].IssuedAt + BegunWithin),
        };
        return new JsonObject { ["range"] = new JsonObject { ["aws.cloudtrail.user_identity.session_context.creation_date"] = range } };
    }

    /// <summary>Between 1970 and 9999: forged dates are no dates there.</summary>
    private static string IsoText(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds())).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string NameField(DocumentForm form) =>
        form == DocumentForm.Ecs ? "aws.cloudtrail.user_identity.arn" : "trailstream.attribution.session.name";

    private static List<string> Names(IEnumerable<ChangedSession> sessions, DocumentForm form) =>
        [.. sessions.Where(session => session.Arn.Length > 0)
            .Select(session => form == DocumentForm.Ecs ? session.Arn : session.Arn[(session.Arn.LastIndexOf('/') + 1)..]).Distinct()];

    private static IEnumerable<string> Names(params AttributionStatus[] statuses) => statuses.Select(Codes.NameOf);

    private static JsonObject Terms(string field, IEnumerable<string> values) =>
        new() { ["terms"] = new JsonObject { [field] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]) } };

    private static JsonObject Any(JsonArray clauses) =>
        new() { ["bool"] = new JsonObject { ["should"] = clauses, ["minimum_should_match"] = 1 } };

    private static JsonObject Filter(JsonObject first, JsonObject? second) =>
        new() { ["bool"] = new JsonObject { ["filter"] = second is null ? new JsonArray((JsonNode)first) : new JsonArray(first, second) } };

    /// <summary>In the order of the segments: a scroll that sorts by anything else sorts all that it has found once more for each page.</summary>
    private static JsonObject Body(JsonObject query, bool countAll)
    {
        var body = new JsonObject { ["version"] = true, ["query"] = query, ["sort"] = new JsonArray("_doc") };
        if (countAll)
        {
            // Never false: a scroll refuses that.
            body["track_total_hits"] = true;
        }

        return body;
    }
}
