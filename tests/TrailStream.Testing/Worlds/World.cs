using TrailStream.Core.Documents;
using TrailStream.Core.Generation;

namespace TrailStream.Testing.Worlds;

/// <summary>One event of a world, with what its attribution must finally be.</summary>
public sealed record WorldEvent(byte[] Record, TrailTruth Truth);

/// <summary>A small generated trail, whole in memory, in the order of delivery.</summary>
public sealed record World(ulong Seed, IReadOnlyList<WorldEvent> Events)
{
    public static World Generate(TrailGeneratorOptions options)
    {
        var generator = new TrailGenerator(options);
        var record = new ByteBuffer(4096);
        var events = new List<WorldEvent>();
        while (true)
        {
            var truth = new TrailTruth();
            if (!generator.Next(record, truth))
            {
                return new World(options.Seed, events);
            }

            events.Add(new WorldEvent(record.Written.ToArray(), truth));
            record.Clear();
        }
    }

    /// <summary>The hard ones: every kind of story, twenty or so of them.</summary>
    public static World OfEveryKind(ulong seed) => Generate(new TrailGeneratorOptions { Seed = seed, Events = 150, Mix = TrailMix.EveryKind });
}
