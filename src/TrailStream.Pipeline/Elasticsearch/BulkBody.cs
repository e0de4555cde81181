using System.IO.Compression;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>One document of a request: where it stands, and how often it was refused for a reason that nobody knows.</summary>
internal readonly record struct BulkDocument(DocumentBatch Batch, int Number, int Tries)
{
    /// <summary>Of a safe form: the document that the mapping refused.</summary>
    public (DocumentBatch Batch, int Number)? Original { get; init; }
}

/// <summary>The body of one <c>_bulk</c> request, written from the batches' own buffers: an action line, then the document, never a copy of it.
/// Can be sent again as often as need be.</summary>
internal sealed class BulkBody : HttpContent
{
    /// <summary>Segments below 64 KB were measured a third slower.</summary>
    private static readonly StreamPipeWriterOptions WriterOptions = new(minimumBufferSize: 64 * 1024, leaveOpen: true);

    private readonly IReadOnlyList<BulkDocument> _documents;
    private readonly ByteBuffer _actions;
    private readonly int[] _ends;
    private readonly bool _gzip;
    private readonly long _length;

    public BulkBody(IReadOnlyList<BulkDocument> documents, long now, bool gzip)
    {
        _documents = documents;
        _gzip = gzip;
        _actions = new ByteBuffer(documents.Count * 160);
        _ends = new int[documents.Count];
        for (var i = 0; i < documents.Count; i++)
        {
            var (batch, number, _) = documents[i];
            var entry = batch.Entries[number];
            BulkAction.Write(entry.EventTime, now, batch.Id(number), entry.Rank, _actions);
            _ends[i] = _actions.Length;
            _length += entry.Length + 1;
        }

        _length += _actions.Length;
        Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        if (gzip)
        {
            Headers.ContentEncoding.Add("gzip");
        }
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        if (!_gzip)
        {
            await WriteAsync(stream).ConfigureAwait(false);
            return;
        }

        var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        await using (gzip.ConfigureAwait(false))
        {
            await WriteAsync(gzip).ConfigureAwait(false);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return !_gzip;
    }

    private async Task WriteAsync(Stream stream)
    {
        var writer = PipeWriter.Create(stream, WriterOptions);
        var start = 0;
        long unflushed = 0;
        for (var i = 0; i < _documents.Count; i++)
        {
            var (batch, number, _) = _documents[i];
            Write(writer, _actions.Array.AsSpan(start, _ends[i] - start));
            Write(writer, batch.Document(number));
            Write(writer, "\n"u8);
            unflushed += _ends[i] - start + batch.Entries[number].Length;
            start = _ends[i];
            if (unflushed > 128 * 1024)
            {
                await writer.FlushAsync().ConfigureAwait(false);
                unflushed = 0;
            }
        }

        await writer.CompleteAsync().ConfigureAwait(false);
    }

    private static void Write(PipeWriter writer, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(writer.GetSpan(bytes.Length));
        writer.Advance(bytes.Length);
    }
}
