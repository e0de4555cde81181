using System.Globalization;
using System.Text;
using TrailStream.Pipeline.Elasticsearch;

namespace TrailStream.Simulation.Tests.Model;

/// <summary>What became of a request, as the client sees it.</summary>
internal enum StoreAnswer
{
    /// <summary>An outcome for each document.</summary>
    Items = 0,

    /// <summary>Nobody is there.</summary>
    Unreachable,

    /// <summary>No answer in time; it may have been applied or not.</summary>
    TimedOut,

    /// <summary>429 or 503.</summary>
    Overloaded,

    /// <summary>401 or 403.</summary>
    Unauthorized,

    /// <summary>413.</summary>
    TooLarge,

    /// <summary>200 with an answer that does not fit the request, although it was applied.</summary>
    Unusable,
}

/// <summary>A store with <c>external_gte</c> versions and a bad day.</summary>
internal sealed class ModelStore(World world, Ledger ledger)
{
    private const int RequestTime = 30_000;
    private const int DocumentsMost = 40;

    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);

    public bool IsAway { get; set; }

    public bool IsHung { get; set; }

    public bool IsOverloaded { get; set; }

    public bool Refuses { get; set; }

    /// <summary>Share of items that get a 429 or an index block.</summary>
    public int ItemTroublePercent { get; set; }

    /// <summary>Share of requests that are applied and never answered, or answered with nonsense.</summary>
    public int LostAnswerPercent { get; set; }

    /// <summary>Sends a request; the answer comes later, if the sender still lives then.</summary>
    public void Send(List<BulkDocument> documents, Action<StoreAnswer, List<BulkItem>> answer)
    {
        // What is on the way does not change any more, whatever becomes of its sender.
        var sent = documents.ConvertAll(d => new Sent(
            Encoding.ASCII.GetString(d.Batch.Id(d.Number)), d.Batch.Entries[d.Number].Rank, d.Batch.Document(d.Number).ToArray(), d.Original is not null));
        world.After(world.Between(1, 150), () => Arrive(sent, answer));
    }

    private void Arrive(List<Sent> sent, Action<StoreAnswer, List<BulkItem>> answer)
    {
        if (IsAway)
        {
            answer(StoreAnswer.Unreachable, []);
        }
        else if (IsHung)
        {
            world.After(RequestTime, () => answer(StoreAnswer.TimedOut, []));
        }
        else if (Refuses)
        {
            answer(StoreAnswer.Unauthorized, []);
        }
        else if (IsOverloaded)
        {
            answer(StoreAnswer.Overloaded, []);
        }
        else if (sent.Count > DocumentsMost)
        {
            answer(StoreAnswer.TooLarge, []);
        }
        else
        {
            var items = sent.ConvertAll(Apply);
            if (!world.Chance(LostAnswerPercent))
            {
                world.After(world.Between(1, 50), () => answer(StoreAnswer.Items, items));
            }
            else if (world.Chance(50))
            {
                world.After(RequestTime, () => answer(StoreAnswer.TimedOut, []));
            }
            else
            {
                answer(StoreAnswer.Unusable, []);
            }
        }
    }

    private BulkItem Apply(Sent sent)
    {
        if (world.Chance(ItemTroublePercent))
        {
            return world.Chance(50) ? Item(429, "es_rejected_execution_exception") : Item(403, "cluster_block_exception");
        }

        var number = int.Parse(sent.Id.AsSpan("event-".Length), CultureInfo.InvariantCulture);
        var kind = ledger.Events[number].Kind;
        if (kind == SimKind.Refused || (kind == SimKind.Awkward && !sent.IsSafe))
        {
            return Item(400, "document_parsing_exception");
        }

        var isNew = !_versions.TryGetValue(sent.Id, out var version);
        if (!isNew && sent.Rank < version)
        {
            return Item(409, "version_conflict_engine_exception");
        }

        _versions[sent.Id] = sent.Rank;
        ledger.Written(number, sent.Rank, sent.Document);
        return new BulkItem(BulkResponse.OutcomeOf(isNew ? 201 : 200, !isNew, null), isNew ? 201 : 200, null, null);
    }

    private static BulkItem Item(int status, string type) => new(BulkResponse.OutcomeOf(status, false, type), status, type, "r");

    private sealed record Sent(string Id, long Rank, byte[] Document, bool IsSafe);
}
