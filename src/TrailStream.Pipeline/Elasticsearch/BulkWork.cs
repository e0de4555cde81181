using System.Text;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>What has to pass before the next request of a group.</summary>
internal enum BulkPause : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A growing wait: trouble that passes by itself.</summary>
    Backoff,

    /// <summary>Somebody must grant something: credentials are read again.</summary>
    Unauthorized,

    /// <summary>Somebody must mend the index or its template.</summary>
    Mending,
}

/// <summary>One group of documents until each has its outcome: what goes in the next request, and what each answer means for each document. No
/// time-out and no number of tries ends it but for refusals that the server pins on the document itself, and even those the breaker holds back when
/// they are too many. Pure: no connection, no waiting; the simulator runs the very same code.</summary>
internal sealed class BulkWork
{
    /// <summary>How often a document goes that gets a refusal nobody knows (405, 418…) before it becomes a dead letter.</summary>
    private const int UnknownRefusalTries = 3;

    private readonly DeadLetterBreaker _breaker;
    private readonly BulkPace _pace;
    private readonly DateTimeOffset _began;

    /// <summary>What has not been answered for yet; the top goes next.</summary>
    private readonly Stack<List<BulkDocument>> _fresh = new();

    /// <summary>What an answer has left: goes when nothing fresh is there, so that a few refused items do not hold the others up.</summary>
    private List<BulkDocument> _again = [];
    private List<BulkDocument> _sent = [];

    /// <param name="group">The documents.</param>
    /// <param name="breaker">Keeps dead letters back that are too many.</param>
    /// <param name="pace">How much goes at once.</param>
    /// <param name="began">Now: dead letters name the index that a document of that time was meant for.</param>
    public BulkWork(IReadOnlyList<DocumentBatch> group, DeadLetterBreaker breaker, BulkPace pace, DateTimeOffset began)
    {
        (_breaker, _pace, _began) = (breaker, pace, began);
        var documents = new List<BulkDocument>();
        foreach (var batch in group)
        {
            for (var i = 0; i < batch.Entries.Count; i++)
            {
                documents.Add(new BulkDocument(batch, i, 0));
            }
        }

        Push(documents);
    }

    public bool IsDone => _fresh.Count == 0 && _again.Count == 0 && _sent.Count == 0;

    public BulkTally Tally { get; } = new();

    /// <summary>What somebody must mend, where the last answer showed it; null otherwise.</summary>
    public string? Mending { get; private set; }

    /// <summary>The documents of the next request: as many as the pace allows, at least one.</summary>
    public List<BulkDocument> Next()
    {
        if (_fresh.Count == 0)
        {
            Push(_again);
            _again = [];
        }

        var part = _fresh.Pop();
        long bytes = 0;
        var count = 0;
        while (count < part.Count && (count == 0 || bytes + Length(part[count]) <= _pace.Bytes))
        {
            bytes += Length(part[count++]);
        }

        if (count < part.Count)
        {
            Push(part[count..]);
            part.RemoveRange(count, part.Count - count);
        }

        return _sent = part;
    }

    /// <summary>The server has answered for every document of the request.</summary>
    public BulkPause Answered(List<BulkItem> items)
    {
        var refused = new List<RefusedDocument>();
        var (unauthorized, left, accepted) = (false, _again.Count, 0);
        Mending = null;
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            unauthorized |= item.Outcome == ItemOutcome.Unauthorized;
            if (Take(_sent[i], item, refused))
            {
                accepted++;
            }
        }

        _sent = [];
        GiveUp(refused, accepted);
        if (accepted > 0)
        {
            _pace.Took();
        }

        if (_again.Count > left)
        {
            Tally.Retries++;
        }

        return unauthorized ? BulkPause.Unauthorized
            : Mending is not null ? BulkPause.Mending
            : _again.Count == left || _fresh.Count > 0 ? BulkPause.None
            : BulkPause.Backoff;
    }

    /// <summary>There was no usable answer: nothing is known of any document, all go again. Repeating is harmless, giving up is not.</summary>
    /// <param name="overloaded">The server said so, or did not answer in time.</param>
    public BulkPause Unanswered(bool overloaded)
    {
        if (overloaded)
        {
            _pace.Overloaded();
        }

        Tally.Retries++;
        PutBack();
        return BulkPause.Backoff;
    }

    /// <summary>The whole request was refused for want of rights.</summary>
    public BulkPause Unauthorized()
    {
        PutBack();
        return BulkPause.Unauthorized;
    }

    /// <summary>The request is too large, or one line of it spoils the rest: halves until the culprit stands alone.</summary>
    /// <param name="reason">Of the dead letter.</param>
    /// <param name="status">The server's answer.</param>
    /// <param name="detail">The same in words.</param>
    public BulkPause RefusedWhole(DeadLetterReason reason, int status, string detail)
    {
        var sent = _sent;
        _sent = [];
        if (reason == DeadLetterReason.SinkTooLarge)
        {
            _pace.TooLarge(sent.Sum(Length));
        }

        if (sent.Count > 1)
        {
            Push(sent[(sent.Count / 2)..]);
            Push(sent[..(sent.Count / 2)]);
            return BulkPause.None;
        }

        Mending = null;
        GiveUp([new RefusedDocument(sent[0], reason, status, 1, detail)], 0);
        return Mending is null ? BulkPause.None : BulkPause.Mending;
    }

    /// <summary>A document that will not be taken, and why.</summary>
    private readonly record struct RefusedDocument(BulkDocument Document, DeadLetterReason Reason, int Status, int Attempts, string Detail);

    /// <summary>What one item's outcome does to its document; true when the store has it. One that the mapping refuses goes once more in its safe
    /// form.</summary>
    private bool Take(BulkDocument document, in BulkItem item, List<RefusedDocument> refused)
    {
        switch (item.Outcome)
        {
            case ItemOutcome.Created:
                Tally.Created++;
                return true;
            case ItemOutcome.Updated:
                Tally.Updated++;
                return true;
            case ItemOutcome.Stale:
                Tally.Stale++;
                return true;
            case ItemOutcome.Mapping when SafeDocument.TryMake(document, item.Reason, out var safe):
                _again.Add(safe);
                return false;
            case ItemOutcome.Mapping:
                refused.Add(new RefusedDocument(document, DeadLetterReason.SinkMapping, item.Status, 2, $"{item.Type}: {item.Reason}"));
                return false;
            case ItemOutcome.Refused when document.Tries + 1 >= UnknownRefusalTries:
                refused.Add(new RefusedDocument(
                    document, DeadLetterReason.SinkRefused, item.Status, UnknownRefusalTries, $"{item.Status} {item.Type}: {item.Reason}"));
                return false;
            case ItemOutcome.Refused:
                _again.Add(document with { Tries = document.Tries + 1 });
                return false;
            case ItemOutcome.NoIndex:
                Mending ??= $"an index cannot take documents ({item.Type}): allow action.auto_create_index for trailstream-cloudtrail-*, "
                    + "open closed indices, look at the cluster's limit of shards";
                _again.Add(document);
                return false;
            default:
                _again.Add(document);
                return false;
        }
    }

    /// <summary>Makes dead letters of what is refused, unless so much is that the fault must lie elsewhere: then it goes again.</summary>
    private void GiveUp(List<RefusedDocument> refused, int accepted)
    {
        if (_breaker.Admit(refused.Count, accepted))
        {
            Tally.Letters.AddRange(refused.Select(Letter));

            return;
        }

        Mending = "it refuses more than one document in a hundred, which is no fault of single events: "
            + "compare the index template with the mappings of today's index. Refused documents are tried again, not given up";
        foreach (var (document, _, _, _, _) in refused)
        {
            // In their own form: it is what should be there once the cause is mended.
            _again.Add(document.Original is var (batch, number) ? new BulkDocument(batch, number, 0) : document);
        }
    }

    private DeadLetter Letter(RefusedDocument refused)
    {
        var (batch, number, _) = refused.Document;
        var index = new ByteBuffer(64);
        IndexName.Write(batch.Entries[number].EventTime, _began.ToUnixTimeSeconds(), index);
        return DeadLetter.OfDocument(batch, number, refused.Reason, refused.Detail, BulkSink.SinkName) with
        {
            StoreStatus = refused.Status,
            StoreIndex = Encoding.ASCII.GetString(index.Written),
            Attempts = refused.Attempts,
        };
    }

    private void PutBack()
    {
        Push(_sent);
        _sent = [];
    }

    private void Push(List<BulkDocument> documents)
    {
        if (documents.Count > 0)
        {
            _fresh.Push(documents);
        }
    }

    private static long Length(BulkDocument document) => document.Batch.Entries[document.Number].Length;
}
