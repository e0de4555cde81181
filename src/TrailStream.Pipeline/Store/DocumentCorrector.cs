using System.Buffers;
using System.Text;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Settlement;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Store;

/// <summary>Attributes stored documents again and sends those back that have become better. The stores' version rule makes a lost race harmless:
/// what is better in the meantime stays. Owned by one loop.</summary>
internal sealed class DocumentCorrector(StreamState state, ISink sink, IDocumentStore store, Action<DocumentBatch> send)
{
    /// <summary>What no encoder escapes; the slash is in every ARN, and CloudTrail writes it as it is.</summary>
    private static readonly SearchValues<byte> NeverEscaped =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/=@,"u8);

    private readonly Attributor _attributor = new(state.Index);
    private readonly StoredDocument _stored = new(state.Options.Documents);
    private readonly long _startedAt = state.Clock.GetTimestamp();
    private DocumentBatch? _open;

    /// <summary>Documents looked at.</summary>
    public long Looked { get; private set; }

    /// <summary>Documents sent back.</summary>
    public long Corrected { get; private set; }

    /// <summary>Works a page off.</summary>
    /// <returns>Ends when what was sent back is durable, or refused because something better is there.</returns>
    public Task Correct(StoredPage page)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new SettlementGate(done.SetResult);
        var now = state.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        state.Counters.StoreRead(page.Hits.Count);
        foreach (var hit in page.Hits)
        {
            Correct(hit, now, gate);
        }

        Send(gate);
        gate.Release(1);
        return done.Task;
    }

    private void Correct(StoredHit hit, long now, SettlementGate gate)
    {
        Looked++;
        if (!_stored.TryRead(hit.Document.Span))
        {
            state.Counters.StoreUnreadable();
            return;
        }

        if (!store.CanReplace(hit, _stored.EventTime))
        {
            state.Counters.StoreElsewhere();
            return;
        }

        DocumentBatch batch;
        state.Index.EnterRead();
        try
        {
            // One that named a session found by time waits again where a second such session takes the name away.
            var verdict = _attributor.Attribute(_stored.Record, in _stored.Fields, graceOver: _stored.IsGivenUp || IsGraceOver(now / 1000));
            if (verdict.Rank <= hit.Rank || MaySpellOtherwise(in verdict))
            {
                return;
            }

            var text = _attributor.Write(_stored.Record, in _stored.Fields, in verdict, now, _stored.Revision + 1, state.CoveragePartial);
            batch = _open ??= state.Buffers.Rent(sink.Form, gate, null);
            var (offset, idOffset) = (batch.Bytes.Length, batch.Ids.Length);
            _stored.Write(text, batch.Bytes);
            batch.Ids.Append(Encoding.UTF8.GetBytes(hit.Id));
            batch.Entries.Add(new DocumentEntry(
                offset, batch.Bytes.Length - offset, idOffset, batch.Ids.Length - idOffset, _stored.EventTime, verdict.Rank, -1));
        }
        finally
        {
            state.Index.ExitRead();
        }

        Corrected++;
        state.Counters.StoreCorrected();
        if (batch.Bytes.Length >= DocumentAssembler.BatchBytes)
        {
            Send(gate);
        }
    }

    /// <summary>An ECS document holds names without the escapes that its record may have had, the index holds them as they came. A disagreement may be of
    /// spelling only, and a refutation stands above whatever the record itself would have proven.</summary>
    private bool MaySpellOtherwise(in Verdict verdict) =>
        _stored.Form == DocumentForm.Ecs && verdict.Reason == AttributionReason.RoleMismatch
        && _stored.Fields.Raw(_stored.Record, RecordField.Arn).IndexOfAnyExcept(NeverEscaped) >= 0;

    /// <summary>As for events in memory: event time has gone on that far, or the document has waited that long by the clock. The latter only when this
    /// process has: after an outage the evidence may lie in the backlog.</summary>
    private bool IsGraceOver(long now)
    {
        var grace = state.Options.Late.Grace;
        var watermark = state.Watermark.Current;
        return (watermark != long.MinValue && _stored.EventTime <= watermark - (long)grace.TotalSeconds)
            || (_stored.ResolvedAt <= now - (long)grace.TotalSeconds && state.Clock.GetElapsedTime(_startedAt) >= grace);
    }

    private void Send(SettlementGate gate)
    {
        if (_open is not { } batch)
        {
            return;
        }

        _open = null;
        batch = state.Buffers.Fit(batch);
        gate.Hold(batch.Entries.Count);
        state.Counters.DocumentsInFlight(batch.HeldBytes);
        send(batch);
    }
}
