using System.Text;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Elasticsearch;

/// <content>What each item's outcome does to its document.</content>
public sealed partial class BulkSink
{
    /// <summary>How often a document goes that gets a refusal nobody knows (405, 418…) before it becomes a dead letter.</summary>
    private const int UnknownRefusalTries = 3;

    /// <summary>The wait while the breaker keeps refused documents back: somebody must act, and each try is one request.</summary>
    private static readonly TimeSpan BreakerWait = TimeSpan.FromSeconds(5);

    /// <summary>A document that will not be taken, and why.</summary>
    private readonly record struct RefusedDocument(BulkDocument Document, DeadLetterReason Reason, int Status, int Attempts, string Detail);

    /// <summary>What one answer leaves to do.</summary>
    private readonly record struct Sorting(List<BulkDocument> Left, bool Unauthorized, bool BreakerOpen);

    /// <summary>Takes out what is done; a document that the mapping refuses goes once more in its safe form.</summary>
    private Sorting Sort(List<BulkDocument> documents, List<BulkItem> items, BulkTally tally)
    {
        var left = new List<BulkDocument>();
        var refused = new List<RefusedDocument>();
        var unauthorized = false;
        var held = false;
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            var document = documents[i];
            switch (item.Outcome)
            {
                case ItemOutcome.Created:
                    tally.Created++;
                    break;
                case ItemOutcome.Updated:
                    tally.Updated++;
                    break;
                case ItemOutcome.Stale:
                    tally.Stale++;
                    break;
                case ItemOutcome.Mapping when SafeDocument.TryMake(document, item.Reason, out var safe):
                    left.Add(safe);
                    break;
                case ItemOutcome.Mapping:
                    refused.Add(new RefusedDocument(document, DeadLetterReason.SinkMapping, item.Status, 2, $"{item.Type}: {item.Reason}"));
                    break;
                case ItemOutcome.Refused when document.Tries + 1 >= UnknownRefusalTries:
                    refused.Add(new RefusedDocument(
                        document, DeadLetterReason.SinkRefused, item.Status, document.Tries + 1, $"{item.Status} {item.Type}: {item.Reason}"));
                    break;
                case ItemOutcome.Refused:
                    left.Add(document with { Tries = document.Tries + 1 });
                    break;
                default:
                    unauthorized |= item.Outcome == ItemOutcome.Unauthorized;
                    held |= item.Outcome == ItemOutcome.NoIndex;
                    left.Add(document);
                    break;
            }
        }

        var kept = GiveUp(refused, items.Count - left.Count - refused.Count, tally);
        left.AddRange(kept);
        Tell(unauthorized, held, kept.Count > 0);
        return new Sorting(left, unauthorized, kept.Count > 0);
    }

    private void Tell(bool unauthorized, bool noIndex, bool breakerOpen)
    {
        if (noIndex)
        {
            Trouble("an index is missing and may not be made: allow action.auto_create_index for trailstream-cloudtrail-*");
        }
        else if (breakerOpen)
        {
            Trouble("it refuses more than one document in a hundred, which is no fault of single events: "
                + "compare the index template with the mappings of today's index. Refused documents are tried again, not given up");
        }
        else if (!unauthorized)
        {
            Recovered();
        }
    }

    /// <summary>Makes dead letters of what is refused, unless so much is that the fault must lie elsewhere.</summary>
    /// <returns>What has to be tried again.</returns>
    private List<BulkDocument> GiveUp(List<RefusedDocument> refused, int accepted, BulkTally tally)
    {
        if (_breaker.Admit(refused.Count, accepted))
        {
            foreach (var document in refused)
            {
                tally.Letters.Add(Letter(document));
            }

            return [];
        }

        // In their own form: it is what should be there once the cause is mended.
        return [.. refused.Select(r => r.Document.Original is var (batch, number) ? new BulkDocument(batch, number, 0) : r.Document)];
    }

    private DeadLetter Letter(in RefusedDocument refused)
    {
        var (batch, number, _) = refused.Document;
        var index = new ByteBuffer(64);
        IndexName.Write(batch.Entries[number].EventTime, _clock.GetUtcNow().ToUnixTimeSeconds(), index);
        return DeadLetter.OfDocument(batch, number, refused.Reason, refused.Detail, Name) with
        {
            StoreStatus = refused.Status,
            StoreIndex = Encoding.ASCII.GetString(index.Written),
            Attempts = refused.Attempts,
        };
    }
}
