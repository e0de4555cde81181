using System.Globalization;
using System.Text;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Settlement;
using TrailStream.Pipeline.Sinks;
using TrailStream.Simulation.Tests.Model;

namespace TrailStream.Simulation.Tests.Nodes;

/// <content>What is written: documents and dead letters.</content>
internal sealed partial class SimNode
{
    private void PostDeadLetter(int number, ReadOnlyMemory<byte> payload, SettlementGate gate)
    {
        gate.Hold(1);
        WriteDeadLetter(number, payload, () => gate.Release(1));
    }

    /// <summary>The bytes are read when they are sent: whoever released them too early is found out.</summary>
    private void WriteDeadLetter(int number, ReadOnlyMemory<byte> payload, Action done) =>
        _around.DeadLetters.Produce((number, payload.ToArray()), isStored => Run(() =>
        {
            if (isStored)
            {
                done();
            }
            else
            {
                After(ProduceRetry, () => WriteDeadLetter(number, payload, done));
            }
        }));

    private static DocumentBatch NewBatch(SettlementGate gate, IRecordOrigin origin) =>
        new() { Form = DocumentForm.CloudTrail, Bytes = new ByteBuffer(256), Ids = new ByteBuffer(128), Gate = gate, Origin = origin };

    private static void Append(DocumentBatch batch, SimEvent one, byte rank, int source)
    {
        var document = Encoding.ASCII.GetBytes($"{{\"event\":\"{one.Mark}\",\"rank\":{rank}}}");
        batch.Entries.Add(new DocumentEntry(batch.Bytes.Length, document.Length, batch.Ids.Length, one.Id.Length, one.Time, rank, source));
        batch.Bytes.Append(document);
        batch.Ids.Append(one.Id);
    }

    private void Send(DocumentBatch batch)
    {
        if (batch.Entries.Count == 0)
        {
            return;
        }

        batch.Gate!.Hold(batch.Entries.Count);
        _documentBytes += batch.Bytes.Length;
        After(_world.Between(0, 5), () =>
        {
            _queue.Add(batch);
            Advance();
        });
    }

    private void Advance()
    {
        while (_inFlight < Groups.InFlightMax && _queue.TryNext(Groups, out var group))
        {
            _inFlight++;
            Round(group, new BulkWork(group, _breaker, _pace, Clock.GetUtcNow()), new Backoff((ulong)_world.Next(int.MaxValue)));
        }

        if (_queue.Lingers && !_lingering)
        {
            _lingering = true;
            After((long)Groups.Linger.TotalMilliseconds, () =>
            {
                _lingering = false;
                _queue.LingerOver();
                Advance();
            });
        }
    }

    private void Round(List<DocumentBatch> group, BulkWork work, Backoff backoff)
    {
        var documents = work.Next();
        _around.Store.Send(documents, (answer, items) => Run(() => OnAnswer(group, work, backoff, documents.Count, answer, items)));
    }

    private void OnAnswer(List<DocumentBatch> group, BulkWork work, Backoff backoff, int sent, StoreAnswer answer, List<BulkItem> items)
    {
        var pause = answer switch
        {
            StoreAnswer.Items => _around.Policy.Answered(work, items),
            StoreAnswer.TimedOut => _around.Policy.TimedOut(work, sent),
            StoreAnswer.Overloaded => work.Unanswered(overloaded: true),
            StoreAnswer.Unauthorized => work.Unauthorized(),
            StoreAnswer.TooLarge => work.RefusedWhole(DeadLetterReason.SinkTooLarge, 413, "413"),
            _ => work.Unanswered(overloaded: false),
        };
        _stalledSince = answer == StoreAnswer.Items ? -1 : _stalledSince < 0 ? _world.Now : _stalledSince;
        _world.Say($"{Name} store says {answer} to {sent} documents, then {pause}");
        if (work.IsDone)
        {
            Finish(group, work.Tally.Letters);
            return;
        }

        var wait = pause switch
        {
            BulkPause.Backoff => (long)backoff.Next().TotalMilliseconds,
            BulkPause.Unauthorized => 10_000,
            BulkPause.Mending => 5000,
            _ => 0,
        };
        After(wait, () => Round(group, work, backoff));
    }

    /// <summary>Dead letters first, then everything in the group is durable.</summary>
    private void Finish(List<DocumentBatch> group, List<DeadLetter> letters)
    {
        var left = letters.Count + 1;
        foreach (var letter in letters)
        {
            WriteDeadLetter(int.Parse(letter.EventId.AsSpan("event-".Length), CultureInfo.InvariantCulture), letter.Payload, Done);
        }

        Done();

        void Done()
        {
            if (--left > 0)
            {
                return;
            }

            _inFlight--;
            foreach (var batch in group)
            {
                _documentBytes -= batch.Bytes.Length;
                batch.Done();
            }

            Advance();
        }
    }
}
