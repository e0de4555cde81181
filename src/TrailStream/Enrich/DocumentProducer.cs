using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Enrich;

/// <summary>Stage 5 for files: verdicts become lines of output and documents for the store. One per worker.</summary>
/// <param name="form">Form of the output.</param>
/// <param name="options">Choices about ECS documents; null for the default.</param>
/// <param name="storeForm">Form of the store; null without one.</param>
internal sealed class DocumentProducer(EnrichForm form, DocumentOptions? options, DocumentForm? storeForm)
{
    private readonly DocumentWriter _writer = new(form == EnrichForm.CloudTrail ? DocumentForm.CloudTrail : DocumentForm.Ecs, options);
    private readonly DocumentWriter? _storeWriter = storeForm is { } other ? new DocumentWriter(other, options) : null;
    private readonly ByteBuffer _id = new(256);

    public DocumentBatch? NewBatch() => _storeWriter is null ? null : new DocumentBatch { Form = _storeWriter.Form };

    /// <summary>Under the index's read lock.</summary>
    public void Append(
        ref readonly EventEntry entry, ReadOnlySpan<byte> record, in EventPlace place, in Verdict verdict, AttributionText text, long now,
        ByteBuffer output, DocumentBatch? stored)
    {
        if (form == EnrichForm.Bulk || stored is not null)
        {
            _id.Clear();
            var own = DocumentId.Own(record, in entry.Fields);
            _id.Append(own.IsEmpty ? DocumentId.OfPlace(place.Path, 0, place.Position, place.Number) : own);
        }

        if (form == EnrichForm.Bulk)
        {
            // Whoever loads an archive wants its days: an old event is no reason for the index of odd dates, only a future one is.
            BulkAction.Write(entry.EventTime, Math.Min(entry.EventTime, now / 1000), _id.Written, verdict.Rank, output);
        }

        var start = output.Length;
        _writer.Write(record, in entry.Fields, text, now, output);
        if (stored is not null)
        {
            var offset = stored.Bytes.Length;
            if (_storeWriter!.Form == _writer.Form)
            {
                stored.Bytes.Append(output.Written[start..]);
            }
            else
            {
                _storeWriter.Write(record, in entry.Fields, text, now, stored.Bytes);
            }

            var idOffset = stored.Ids.Length;
            stored.Ids.Append(_id.Written);
            stored.Entries.Add(new DocumentEntry(
                offset, stored.Bytes.Length - offset, idOffset, _id.Length, entry.EventTime, verdict.Rank, -1));
        }

        output.Append((byte)'\n');
    }
}

/// <summary>Where an event was read.</summary>
/// <param name="Path">The file.</param>
/// <param name="Position">Where the value that holds it starts.</param>
/// <param name="Number">Its number inside that value.</param>
internal readonly record struct EventPlace(string Path, long Position, int Number);
