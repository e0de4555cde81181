using System.Text;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Tests.Sinks;

/// <summary>Documents on their way to a sink.</summary>
internal static class TestBatch
{
    public static DocumentBatch Of(params (string Id, string Document, byte Rank)[] documents)
    {
        var batch = new DocumentBatch { Form = DocumentForm.CloudTrail, Origin = new Records() };
        foreach (var (id, document, rank) in documents)
        {
            var (bytes, name) = (Encoding.UTF8.GetBytes(document), Encoding.UTF8.GetBytes(id));
            batch.Entries.Add(new DocumentEntry(batch.Bytes.Length, bytes.Length, batch.Ids.Length, name.Length, 1_772_000_000, rank, batch.Entries.Count));
            batch.Bytes.Append(bytes);
            batch.Ids.Append(name);
        }

        return batch;
    }

    private sealed class Records : IRecordOrigin
    {
        public ReadOnlyMemory<byte> Payload(int source) => Encoding.UTF8.GetBytes($"record {source}");

        public RecordPlace Place(int source) => new("topic", 0, source);
    }
}
