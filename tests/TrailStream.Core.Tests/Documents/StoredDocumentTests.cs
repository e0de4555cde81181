using System.Text;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

/// <summary>A document that is corrected from what a store gave back must be the one that would have been written if the evidence had come in
/// order: byte for byte, but for when it was decided and how often.</summary>
public sealed class StoredDocumentTests(ITestOutputHelper output)
{
    private const long FirstTime = TestDocuments.IngestedAt;
    private const long SecondTime = FirstTime + 61_000;

    [Theory]
    [InlineData(DocumentForm.CloudTrail, RetainedCopies.All)]
    [InlineData(DocumentForm.Ecs, RetainedCopies.All)]
    [InlineData(DocumentForm.Ecs, RetainedCopies.Flattened)]
    public void Corrected_IsTheDocumentOfOrderlyEvidence_Generated(DocumentForm form, RetainedCopies retain) =>
        AssertCorrected(Generated(), form, retain, 0);

    [Fact]
    public void Corrected_IsTheDocumentOfOrderlyEvidence_WhereTheOriginIsTheUser() =>
        AssertCorrected(Generated(), DocumentForm.Ecs, RetainedCopies.All, 0, identity: IdentityMapping.Ecs);

    [Theory]
    [InlineData(RetainedCopies.Keyword)]
    [InlineData(RetainedCopies.Minimal)]
    [InlineData(RetainedCopies.None)]
    public void Corrected_WithoutFlattenedCopies_SaysTheSame(RetainedCopies retain)
    {
        // Order inside related.entity of STS events may differ: which of its values the request gave cannot be told exactly.
        // Grants to other accounts are left alone, because the key that they issued is not in the document.
        AssertCorrected(Generated(), DocumentForm.Ecs, retain, int.MaxValue, Sorted);
    }

    [Theory]
    [InlineData(DocumentForm.CloudTrail)]
    [InlineData(DocumentForm.Ecs)]
    public void Corrected_IsTheDocumentOfOrderlyEvidence_RealRecords(DocumentForm form) =>
        AssertCorrected(DataSet.RecordsOrSkip(), form, RetainedCopies.All, form == DocumentForm.Ecs ? 200 : 0);

    private static List<byte[]> Generated()
    {
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 31, Events = 6_000 });
        var record = new ByteBuffer();
        var truth = new TrailTruth();
        var records = new List<byte[]>();
        while (generator.Next(record, truth))
        {
            records.Add(record.Written.ToArray());
            record.Clear();
        }

        return records;
    }

    private void AssertCorrected(
        IReadOnlyList<byte[]> records, DocumentForm form, RetainedCopies retain, int differingMax, Func<byte[], byte[]>? view = null,
        IdentityMapping identity = IdentityMapping.Compat)
    {
        var options = new DocumentOptions(retain, identity);
        using var before = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 200_000 });
        using var after = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 200_000 });
        var (early, late) = (new Attributor(before), new Attributor(after));
        var events = Decode(records);

        // Half of the evidence first: documents of every status, with chains of every length, are then corrected.
        Learn(early, events, i => i % 2 == 0);
        Learn(late, events, _ => true);
        var writer = new DocumentWriter(form, options);
        var stored = new StoredDocument(options);
        var (first, expected, actual) = (new ByteBuffer(), new ByteBuffer(), new ByteBuffer());
        int changed = 0, wrong = 0, differing = 0, leftAlone = 0;
        for (var i = 0; i < events.Count; i++)
        {
            var record = events.Record(i);
            ref var fields = ref events[i].Fields;
            first.Clear();
            expected.Clear();
            actual.Clear();
            var verdict = early.Attribute(record, in fields, graceOver: false);
            writer.Write(record, in fields, early.Write(record, in fields, in verdict, FirstTime, 3, false), FirstTime, first);
            var better = late.Attribute(record, in fields, graceOver: false);
            writer.Write(record, in fields, late.Write(record, in fields, in better, SecondTime, 4, false), FirstTime, expected);

            if (!stored.TryRead(first.Written))
            {
                Assert.True(view is not null && verdict.Caller == CallerKind.AWSAccount, Encoding.UTF8.GetString(first.Written));
                leftAlone++;
                continue;
            }

            Assert.Equal((form, 3, verdict.Status is AttributionStatus.Unattributed or AttributionStatus.Partial), (stored.Form, stored.Revision, stored.IsGivenUp));
            Assert.Equal((events[i].EventTime, FirstTime / 1000), (stored.EventTime, stored.ResolvedAt));
            var again = late.Attribute(stored.Record, in stored.Fields, graceOver: false);
            stored.Write(late.Write(stored.Record, in stored.Fields, in again, SecondTime, stored.Revision + 1, false), actual);
            var isCorrected = better.Rank > verdict.Rank;
            changed += isCorrected ? 1 : 0;
            if (!Same(expected.Written, actual.Written, view))
            {
                wrong += isCorrected ? 1 : 0;
                differing++;
                if (isCorrected ? wrong < 3 : differing < 3)
                {
                    output.WriteLine($"{Difference(expected.Written, actual.Written)}\n");
                }
            }
        }

        output.WriteLine($"{events.Count} documents, {changed} corrected, {wrong} of them wrong; {differing} differ in all; {leftAlone} left alone");
        Assert.Equal(0, wrong);

        // What is final is never sent back, yet the same should come of it.
        Assert.InRange(differing, 0, differingMax);
        Assert.True(changed > 30, $"only {changed} of {events.Count} changed");
    }

    private static string Difference(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        var at = Math.Max(0, expected.CommonPrefixLength(actual) - 100);
        return $"{Encoding.UTF8.GetString(expected.Slice(at, Math.Min(300, expected.Length - at)))}\n<>\n{Encoding.UTF8.GetString(actual.Slice(at, Math.Min(300, actual.Length - at)))}";
    }

    private static bool Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, Func<byte[], byte[]>? view) =>
        expected.SequenceEqual(actual) || (view is not null && view(expected.ToArray()).AsSpan().SequenceEqual(view(actual.ToArray())));

    private static byte[] Sorted(byte[] document)
    {
        var root = System.Text.Json.Nodes.JsonNode.Parse(document)!;
        if (root["related"]?["entity"] is System.Text.Json.Nodes.JsonArray entities)
        {
            var order = entities.Select(entity => entity!.GetValue<string>()).Order(StringComparer.Ordinal).ToArray();
            root["related"]!["entity"] = new System.Text.Json.Nodes.JsonArray([.. order.Select(entity => System.Text.Json.Nodes.JsonValue.Create(entity))]);
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private static EventBatch Decode(IReadOnlyList<byte[]> records)
    {
        var decoder = new EventDecoder();
        var events = new EventBatch();
        var failures = new List<DecodeFailure>();
        for (var i = 0; i < records.Count; i++)
        {
            decoder.Decode(records[i], i, events, failures);
        }

        return events;
    }

    private static void Learn(Attributor attributor, EventBatch events, Func<int, bool> which)
    {
        var wakes = new List<ulong>();
        for (var i = 0; i < events.Count; i++)
        {
            if (which(i) && attributor.IsEvidence(events.Record(i), in events[i].Fields))
            {
                attributor.Learn(events.Record(i), in events[i].Fields, wakes);
            }
        }
    }
}
