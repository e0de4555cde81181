using System.Text;
using TrailStream.Core.Generation;
using TrailStream.Testing.Oracle;

namespace TrailStream.Testing.Worlds;

/// <summary>What must hold in every world. Each check gives the first problem as text, null without one.</summary>
public static class WorldChecks
{
    private static readonly string[] Issuers =
        ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "GetSessionToken", "GetFederationToken", "CreateSession", "GetCredentialsForIdentity"];

    /// <summary>With all evidence in: the generator's truth, and the oracle.</summary>
    public static string? TruthAndOracle(World world)
    {
        var store = StreamDriver.RunTwoPasses(Records(world));
        foreach (var e in world.Events)
        {
            var actual = AttributionReader.Parse(store.Document(e.Truth.EventId));
            if (TruthComparison.Difference(e.Truth, actual) is { } difference)
            {
                return $"truth, {difference}: {e.Truth.Story} {Describe(e.Truth)} <> {actual.GetRawText()} {Encoding.UTF8.GetString(e.Record)}";
            }
        }

        return OracleAgrees(Records(world), store);
    }

    /// <summary>However it is delivered, the final documents are those of two passes, byte for byte.</summary>
    public static string? AnyDelivery(IReadOnlyList<byte[]> records, int deliveries, Random random)
    {
        var expected = StreamDriver.RunTwoPasses(records);
        for (var i = 0; i < deliveries; i++)
        {
            var delivery = Delivery.AtRandom(random);
            var actual = StreamDriver.Run(records, delivery, random);
            if (Difference(expected, actual) is { } difference)
            {
                return $"{delivery}: {difference}";
            }
        }

        return null;
    }

    /// <summary>Some grants lost: the oracle agrees with what is left, and nobody has got another origin.</summary>
    public static string? LostGrants(World world, Random random)
    {
        var share = random.NextDouble();
        var left = Records(world).Where(record => !IsIssued(record) || random.NextDouble() > share).ToList();
        var whole = StreamDriver.RunTwoPasses(Records(world));
        var part = StreamDriver.RunTwoPasses(left);

        // Three people under one name in one second: without the grant of one, their session cannot be told from the others'. The session join lives
        // with that, because a service's or the console's keys are issued by nobody. And a root session that does not say it is the central
        // administrator's is the account's own root but for the grant.
        var toldApart = world.Events.Where(e => e.Truth.Story is not (TrailStory.BusyName or TrailStory.UnflaggedRoot)).Select(e => e.Truth.EventId).ToHashSet();
        foreach (var id in part.Ids.Where(toldApart.Contains))
        {
            var before = AttributionReader.Parse(whole.Document(id));
            var after = AttributionReader.Parse(part.Document(id));
            if (!IsSameOrigin(before, after))
            {
                return $"another origin: {before.GetRawText()} <> {after.GetRawText()}";
            }
        }

        return OracleAgrees(left, part);
    }

    /// <summary>Events that prove nothing, and what is no event at all, change nothing.</summary>
    public static string? Noise(World world, World noise, Random random)
    {
        var records = Records(world).ToList();
        var expected = StreamDriver.RunTwoPasses(records);
        records.AddRange(Records(noise).Where(record => !IsIssued(record) && !Contains(record, "onBehalfOf") && !Contains(record, "SwitchFrom") && !Contains(record, "IAMUser")));
        foreach (var record in Records(world).Where(_ => random.Next(10) == 0))
        {
            records.Add(record[..random.Next(record.Length)]);
        }

        var actual = StreamDriver.Run(records, Delivery.AtRandom(random), random);
        return Difference(expected, actual, onlyExpected: true);
    }

    /// <summary>A restart somewhere in the stream with an empty index: what the store holds at the end is never worse than before.</summary>
    public static string? Replay(World world, Random random)
    {
        var records = Records(world);
        var store = new VersionedStore();
        using (var first = new StreamDriver(2, random.Next(2) == 0, store))
        {
            Feed(first, records, random);
        }

        var before = store.Ids.ToDictionary(id => id, id => (Rank: store.RankOf(id), Document: store.Document(id)));
        using (var again = new StreamDriver(2, random.Next(2) == 0, store))
        {
            Feed(again, [.. records.Skip(random.Next(records.Count))], random);
        }

        foreach (var (id, was) in before)
        {
            // Of the same rank may come the same verdict with less evidence listed, never another one.
            var (old, now) = (AttributionReader.Parse(was.Document), AttributionReader.Parse(store.Document(id)));
            if (store.RankOf(id) < was.Rank || Verdict(old) != Verdict(now))
            {
                return $"overwritten: {was.Rank} {old.GetRawText()} <> {store.RankOf(id)} {now.GetRawText()}";
            }
        }

        return null;
    }

    /// <summary>Nothing is kept in memory, and some questions to the store are lost with the node that should have asked them: when the evidence has been
    /// repeated, nobody has another origin than in order.</summary>
    public static string? LostQuestions(IReadOnlyList<byte[]> inOrder, Random random)
    {
        var records = inOrder.ToArray();
        var expected = StreamDriver.RunTwoPasses(records);
        random.Shuffle(records);
        using var driver = new QuestionDriver((ulong)random.NextInt64());
        var lost = random.NextDouble();
        var unasked = new List<byte[]>();
        foreach (var record in records)
        {
            var asks = random.NextDouble() >= lost;
            driver.Process(record, asks);
            if (!asks)
            {
                unasked.Add(record);
            }
        }

        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(unasked));
        driver.Repeat(unasked);
        driver.Sweep();
        return Compare(expected, driver.Store, $"{unasked.Count} of {records.Length} not asked for");
    }

    /// <summary>The same with two nodes that hear of each other's evidence late. One ends, and nothing of what it has learnt or heard since some moment
    /// was asked for. The other, which gets its partitions, must not leave out what it has asked for itself: the one that ended may have written
    /// documents after that, and before it heard of it.</summary>
    public static string? LostNode(IReadOnlyList<byte[]> inOrder, Random random)
    {
        var records = inOrder.ToArray();
        var expected = StreamDriver.RunTwoPasses(records);
        random.Shuffle(records);
        using var lives = new QuestionDriver((ulong)random.NextInt64());
        using var ends = lives.OtherNode((ulong)random.NextInt64());
        var (noted, share, lag) = (random.Next(records.Length), random.NextDouble(), random.Next(1, 50));
        var unasked = new List<byte[]>();
        var (forLiving, forEnding) = (new Queue<byte[]>(), new Queue<(int At, byte[] Record)>());
        for (var i = 0; i < records.Length; i++)
        {
            var asks = i < noted;
            if (random.NextDouble() < share)
            {
                ends.Process(records[i], asks);
                forLiving.Enqueue(records[i]);
            }
            else
            {
                lives.Process(records[i], asks: true);
                forEnding.Enqueue((i, records[i]));
            }

            // What was on its way when it noted last is within the margin.
            if (i >= noted - (2 * lag))
            {
                unasked.Add(records[i]);
            }

            while (forLiving.Count > 0 && random.Next(lag) == 0)
            {
                lives.Hear(forLiving.Dequeue(), asks: true);
            }

            while (forEnding.TryPeek(out var next) && (next.At <= i - lag || random.Next(lag) == 0))
            {
                ends.Hear(forEnding.Dequeue().Record, asks);
            }
        }

        while (forLiving.TryDequeue(out var record))
        {
            lives.Hear(record, asks: true);
        }

        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(unasked));
        lives.Repeat(unasked);
        lives.Sweep();
        return Compare(expected, lives.Store, $"{unasked.Count} of {records.Length} asked for again, lag {lag}");
    }

    private static string? Compare(VersionedStore expected, VersionedStore store, string how) =>
        expected.Ids.FirstOrDefault(id => Verdict(AttributionReader.Parse(expected.Document(id))) != Verdict(AttributionReader.Parse(store.Document(id)))) is { } other
            ? $"{how}: {Encoding.UTF8.GetString(expected.Document(other))} <> {Encoding.UTF8.GetString(store.Document(other))}"
            : null;

    private static string Claim(VersionedStore store, string id)
    {
        var attribution = AttributionReader.Parse(store.Document(id));
        return attribution.TryGetProperty("origin", out var origin)
            ? $"{origin.TextAt("type")} {origin.TextAt("id")} {origin.TextAt("name")} {origin.TextAt("arn")}"
            : "";
    }

    private static string Verdict(System.Text.Json.JsonElement attribution) =>
        $"{attribution.TextAt("status")} {attribution.TextAt("origin", "type")} {attribution.TextAt("origin", "id")} {attribution.TextAt("origin", "name")}";

    /// <summary>Whatever collides: nobody is named but whom the oracle names, and the same one however it is delivered.</summary>
    public static string? Claims(IReadOnlyList<byte[]> records, Random random)
    {
        var events = records.Select(record => OracleEvent.Parse(record)).ToList();
        var oracle = new TrailOracle(events);
        var store = StreamDriver.RunTwoPasses(records);
        foreach (var e in events)
        {
            var origin = oracle.Attribute(e).Origin;
            var expected = origin is null ? "" : $"{origin.Type} {origin.Id} {origin.Name} {origin.Arn}";
            if (Claim(store, e.Id) is var claim && claim != expected)
            {
                return $"oracle: '{expected}' <> '{claim}' {Encoding.UTF8.GetString(store.Document(e.Id))}";
            }
        }

        var delivery = Delivery.AtRandom(random);
        var delivered = StreamDriver.Run(records, delivery, random);
        return store.Ids.FirstOrDefault(id => Claim(store, id) != Claim(delivered, id)) is { } other
            ? $"{delivery}: '{Claim(store, other)}' <> '{Claim(delivered, other)}' {other}"
            : null;
    }

    /// <summary>The oracle on the same records.</summary>
    public static string? OracleAgrees(IReadOnlyList<byte[]> records, VersionedStore store)
    {
        var events = records.Select(record => OracleEvent.Parse(record)).ToList();
        var oracle = new TrailOracle(events);
        for (var i = 0; i < events.Count; i++)
        {
            var expected = oracle.Attribute(events[i]);
            var actual = AttributionReader.Parse(store.Document(events[i].Id));
            if (OracleComparison.Difference(expected, actual) is { } difference)
            {
                return $"oracle, {difference}: {expected} <> {actual.GetRawText()} {Encoding.UTF8.GetString(records[i])}";
            }
        }

        return null;
    }

    public static IReadOnlyList<byte[]> Records(World world) => [.. world.Events.Select(e => e.Record)];

    private static void Feed(StreamDriver driver, IReadOnlyList<byte[]> records, Random random)
    {
        foreach (var (partition, batch) in new Delivery(0, 50, 2, 0, Hold: false, int.MaxValue).Of(records, random))
        {
            driver.Process(partition, batch);
        }

        driver.EndGrace();
    }

    private static string? Difference(VersionedStore expected, VersionedStore actual, bool onlyExpected = false)
    {
        if (!onlyExpected && expected.Count != actual.Count)
        {
            return $"{expected.Count} <> {actual.Count} documents";
        }

        foreach (var id in expected.Ids)
        {
            if (!expected.Document(id).AsSpan().SequenceEqual(actual.Document(id)))
            {
                return $"{Encoding.UTF8.GetString(expected.Document(id))} <> {Encoding.UTF8.GetString(actual.Document(id))}";
            }
        }

        return null;
    }

    /// <summary>The same, none where there was one, one where there was none (of two contradicting grants one was lost), or the same principal
    /// as another account or a claim names it.</summary>
    private static bool IsSameOrigin(System.Text.Json.JsonElement before, System.Text.Json.JsonElement after)
    {
        var (was, now) = (before.TextAt("origin", "type"), after.TextAt("origin", "type"));
        if (was.Length == 0 || now.Length == 0 || now == "AWSAccount" || after.TextAt("method") == "source_identity")
        {
            return true;
        }

        // An Identity Center session has two names for one person: the directory's id, and the SAML subject.
        return before.TextAt("origin", "name") == after.TextAt("origin", "name")
            && (was == now || (was, now) is ("SAMLUser", "IdentityCenterUser") or ("IdentityCenterUser", "SAMLUser"));
    }

    private static bool IsIssued(byte[] record) => Issuers.Any(name => Contains(record, $"\"eventName\":\"{name}\""));

    private static bool Contains(byte[] record, string text) => record.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    private static string Describe(TrailTruth truth) =>
        $"{truth.Status} {truth.Reason} {truth.OriginType} {truth.OriginName} {truth.OriginArn} {truth.OriginId} {truth.Depth} {string.Join('>', truth.GrantEventIds)}";
}
