using System.Text;

namespace TrailStream.Testing.Worlds;

/// <summary>A store that keeps the last document of at least the rank of the one before, as a search engine does with external_gte versions.</summary>
public sealed class VersionedStore
{
    private readonly Dictionary<string, (long Rank, byte[] Document)> _documents = [];

    public int Count => _documents.Count;

    /// <summary>Times a document was written.</summary>
    public long Writes { get; private set; }

    /// <summary>Times a document of lower rank was refused.</summary>
    public long Refused { get; private set; }

    public IEnumerable<string> Ids => _documents.Keys;

    public long RankOf(string id) => _documents[id].Rank;

    public byte[] Document(string id) => _documents[id].Document;

    public void Write(ReadOnlySpan<byte> id, long rank, byte[] document)
    {
        var name = Encoding.UTF8.GetString(id);
        if (_documents.TryGetValue(name, out var before) && rank < before.Rank)
        {
            Refused++;
            return;
        }

        Writes++;
        _documents[name] = (rank, document);
    }
}
