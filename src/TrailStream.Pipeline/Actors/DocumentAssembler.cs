using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Settlement;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Actors;

/// <summary>Where documents of one form go.</summary>
/// <param name="Form">The form.</param>
/// <param name="Sinks">How many sinks take it.</param>
/// <param name="Send">Posts a batch to all of them and returns at once.</param>
internal sealed record FormRoute(DocumentForm Form, int Sinks, Action<DocumentBatch> Send);

/// <summary>Stage 5: verdicts become documents in every form that some sink wants, gathered in batches. Owned by one actor.</summary>
internal sealed class DocumentAssembler
{
    /// <summary>A batch goes at this size: large enough that handing it over costs nothing, small against any sink's group.</summary>
    public const int BatchBytes = 512 * 1024;

    private readonly Attributor _attributor;
    private readonly StreamState _state;
    private readonly IReadOnlyList<FormRoute> _routes;
    private readonly DocumentWriter[] _writers;
    private readonly DocumentBatch?[] _open;
    private SettlementGate? _gate;
    private IRecordOrigin? _origin;
    private bool _coveragePartial;

    public DocumentAssembler(Attributor attributor, StreamState state)
    {
        (_attributor, _state, _routes) = (attributor, state, state.Routes);
        _writers = [.. _routes.Select(route => new DocumentWriter(route.Form, state.Options.Documents))];
        _open = new DocumentBatch?[_routes.Count];
    }

    /// <summary>The run's moment, Unix milliseconds: <c>resolved_at</c> of its documents.</summary>
    public long Now { get; private set; }

    /// <summary>Starts a run of documents whose records settle with <paramref name="gate"/>; the caller keeps a hold of its own on it
    /// until after
    /// <see cref="Flush"/>.</summary>
    public void Begin(SettlementGate? gate, IRecordOrigin? origin)
    {
        (_gate, _origin) = (gate, origin);
        Now = _state.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        _coveragePartial = _state.CoveragePartial;
    }

    /// <summary>Under the index's read lock: adds one event's documents.</summary>
    public void Add(
        ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict, int revision, long ingestedAt, long eventTime, int source,
        ReadOnlySpan<byte> id, int index)
    {
        var text = _attributor.Write(record, fields, verdict, Now, revision, _coveragePartial);
        for (var i = 0; i < _writers.Length; i++)
        {
            var batch = _open[i] ??= _state.Buffers.Rent(_routes[i].Form, _gate, _origin);
            var offset = batch.Bytes.Length;
            var idOffset = batch.Ids.Length;
            _writers[i].Write(record, fields, text, ingestedAt, batch.Bytes);
            batch.Ids.Append(id);
            batch.Entries.Add(new DocumentEntry(offset, batch.Bytes.Length - offset, idOffset, id.Length, eventTime, verdict.Rank, source, index));
            if (batch.Bytes.Length >= BatchBytes)
            {
                Send(i);
            }
        }
    }

    /// <summary>Sends what is open.</summary>
    public void Flush()
    {
        for (var i = 0; i < _open.Length; i++)
        {
            Send(i);
        }

        (_gate, _origin) = (null, null);
    }

    private void Send(int i)
    {
        if (_open[i] is not { } batch)
        {
            return;
        }

        var route = _routes[i];
        _open[i] = null;
        batch = _state.Buffers.Fit(batch);
        batch.SharedBy(route.Sinks);
        _gate?.Hold(batch.Entries.Count * route.Sinks);
        _state.Counters.DocumentsInFlight(batch.HeldBytes * route.Sinks);
        route.Send(batch);
    }
}
