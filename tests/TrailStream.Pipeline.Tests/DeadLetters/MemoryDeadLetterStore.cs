using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Tests.DeadLetters;

/// <summary>Dead letters in memory, written and read back through the same fields as everywhere.</summary>
internal sealed class MemoryDeadLetterStore : IDeadLetterStore
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<(string Key, Dictionary<string, string> Fields, ReadOnlyMemory<byte> Payload)> _entries = [];

    public string Name => "memory";

    public void Add(DeadLetter letter, params (string Name, string Text)[] more)
    {
        var fields = DeadLetterFields.Of(letter, Start.AddMinutes(_entries.Count)).ToDictionary();
        foreach (var (name, text) in more)
        {
            fields[name] = text;
        }

        _entries.Add((letter.Place.Key, fields, letter.Payload));
    }

    public void Add(RecordPlace place, DeadLetterReason reason = DeadLetterReason.BadJson, string payload = "{ broken") =>
        Add(new DeadLetter(System.Text.Encoding.UTF8.GetBytes(payload), reason, DeadLetterStage.Decode, "why", place));

    public IEnumerable<StoredDeadLetter> Read(CancellationToken cancellationToken) => _entries.ToList().Select((entry, number) => DeadLetterFields.Read(
        entry.Key, name => entry.Fields.GetValueOrDefault(name), entry.Payload, new DeadLetterPosition(0, number), Start)!);

    public void NoteReplay(RecordPlace sent, string to, CancellationToken cancellationToken) =>
        _entries.Add((sent.Key, DeadLetterFields.OfReplay(sent, to, Start.AddHours(1)).ToDictionary(), default));

    public void Dispose()
    {
    }
}
