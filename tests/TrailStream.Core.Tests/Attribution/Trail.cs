using System.Text;
using System.Text.Json;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;
using Xunit;

namespace TrailStream.Core.Tests.Attribution;

/// <summary>Runs records through decode, index and attribution as <c>enrich</c> does: all learn first, then each is attributed.</summary>
internal sealed class Trail : IDisposable
{
    private readonly EventDecoder _decoder = new();
    private readonly List<DecodeFailure> _failures = [];
    private readonly List<ulong> _wakes = [];

    public Trail(ulong seed = 7)
        : this(new SessionIndex(SessionIndexOptions.Default with { HashSeed = seed, SessionsMax = 100_000 }))
    {
    }

    /// <param name="index">Becomes the trail's own.</param>
    public Trail(SessionIndex index)
    {
        Index = index;
        Attributor = new Attributor(Index);
    }

    public SessionIndex Index { get; }

    public Attributor Attributor { get; }

    public EventBatch Events { get; } = new();

    public IReadOnlyList<DecodeFailure> Failures => _failures;

    public IReadOnlyList<ulong> Wakes => _wakes;

    public void Add(ReadOnlySpan<byte> payload)
    {
        var first = Events.Count;
        _decoder.Decode(payload, 0, Events, _failures);
        Index.EnterWrite();
        for (var i = first; i < Events.Count; i++)
        {
            if (Attributor.IsEvidence(Events.Record(i), in Events[i].Fields))
            {
                Attributor.Learn(Events.Record(i), in Events[i].Fields, _wakes);
            }
        }

        Index.ExitWrite();
    }

    public void Add(params string[] records)
    {
        foreach (var record in records)
        {
            var before = Events.Count;
            Add(Encoding.UTF8.GetBytes(record));
            Assert.Equal(before + 1, Events.Count);
        }
    }

    /// <summary>The member <c>attribution</c> of the nth event.</summary>
    public JsonElement Attribution(int number, bool graceOver = true)
    {
        Index.EnterRead();
        try
        {
            var record = Events.Record(number);
            ref var fields = ref Events[number].Fields;
            var verdict = Attributor.Attribute(record, in fields, graceOver);
            var text = Attributor.Write(record, in fields, in verdict, 0, 1, coveragePartial: false);
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString(text.Json));
            return document.RootElement.GetProperty("attribution").Clone();
        }
        finally
        {
            Index.ExitRead();
        }
    }

    public string EventId(int number) => Encoding.UTF8.GetString(Events[number].Fields.Raw(Events.Record(number), RecordField.EventId));

    public void Dispose() => Index.Dispose();
}

internal static class JsonPaths
{
    /// <summary>A string below an element, "" where any step is missing.</summary>
    public static string Text(this JsonElement element, params string[] path)
    {
        foreach (var step in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
            {
                return "";
            }
        }

        return element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
    }
}
