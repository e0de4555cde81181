namespace TrailStream.Pipeline.Files;

/// <summary>One value of a <see cref="ValueChunk"/>.</summary>
/// <param name="Offset">Place in the chunk's bytes.</param>
/// <param name="Length">Its length.</param>
public readonly record struct ChunkValue(int Offset, int Length);

/// <summary>A run of neighbouring values of one file. One owner at a time: reader, worker, writer, and back to the reader.</summary>
public sealed class ValueChunk
{
    private readonly List<ChunkValue> _values = [];
    private readonly List<InputProblem> _problems = [];

    /// <summary>The file all of it comes from.</summary>
    public string Path { get; internal set; } = "";

    /// <summary>Where <see cref="Bytes"/> starts in the file's content.</summary>
    public long Position { get; internal set; }

    public byte[] Bytes { get; internal set; } = [];

    public IReadOnlyList<ChunkValue> Values => _values;

    /// <summary>What the reader could not hand out as a value.</summary>
    public IReadOnlyList<InputProblem> Problems => _problems;

    public ReadOnlySpan<byte> Value(int index) => Bytes.AsSpan(_values[index].Offset, _values[index].Length);

    /// <summary>Place of a value in the file's content.</summary>
    public long PositionOf(int index) => Position + _values[index].Offset;

    internal void Reset(string path, int capacity, int capacityMax)
    {
        Path = path;
        Position = 0;
        _values.Clear();
        _problems.Clear();
        if (Bytes.Length < capacity || Bytes.Length > capacityMax)
        {
            Bytes = new byte[capacity];
        }
    }

    internal void Add(int offset, int length) => _values.Add(new ChunkValue(offset, length));

    internal void Add(long position, string reason, string detail) => _problems.Add(new InputProblem(Path, position, reason, detail));
}
