using TrailStream.Core.Documents;

namespace TrailStream.Core.Generation;

/// <summary>A seeded stream of a made-up organisation's CloudTrail in the order of delivery, with the right attribution of every event. Memory does not
/// grow with the number of events: only what is under way between happening and delivery is held.</summary>
public sealed partial class TrailGenerator
{
    private readonly TrailGeneratorOptions _options;
    private readonly TrailRandom _random;
    private readonly EventForge _forge;
    private readonly PriorityQueue<Delivery, (double Time, long Number)> _underWay = new();
    private readonly Stack<Delivery> _free = new();
    private readonly ByteBuffer _lastRecord = new(4096);
    private readonly Dictionary<(string Account, string Role, string Session), long> _lastBegun = [];
    private double _now;
    private long _made;
    private long _number;
    private bool _attacked;
    private bool _tellsNoMore;

    public TrailGenerator(TrailGeneratorOptions options)
    {
        _options = options;
        _random = new TrailRandom(options.Seed);
        _forge = new EventForge(_random);
        _now = options.Start.ToUnixTimeSeconds();
    }

    /// <summary>No further story begins: what is under way is still delivered, so that no use is left without its grant.</summary>
    public void TellNoMore() => _tellsNoMore = true;

    /// <summary>Appends the next record, one line of JSON without a line feed, to <paramref name="record"/>.</summary>
    /// <returns>False when there are no more; nothing is appended then.</returns>
    public bool Next(ByteBuffer record, TrailTruth truth)
    {
        // What is due before the next story begins can no longer be overtaken by it.
        while (!_tellsNoMore && _made < _options.Events && (!_underWay.TryPeek(out _, out var due) || due.Time > _now))
        {
            TellStory();
        }

        if (!_underWay.TryDequeue(out var delivery, out _))
        {
            return false;
        }

        record.Append(delivery.Record.Written);
        truth.CopyFrom(delivery.Truth);
        _free.Push(delivery);
        return true;
    }

    /// <summary>Sends one event on its way.</summary>
    private void Send(in ForgedEvent what, TrailStory story, TrailTruth truth, double extraDelay = 0)
    {
        var delay = (_random.Share() * 4) + extraDelay;
        Post(in what, story, truth, what.Time + delay, duplicate: false);
        if (_random.Chance(_options.DuplicateShare))
        {
            Post(in what, story, truth, what.Time + delay + 30, duplicate: true);
        }
    }

    private void Post(in ForgedEvent what, TrailStory story, TrailTruth truth, double due, bool duplicate)
    {
        var delivery = _free.TryPop(out var used) ? used : new Delivery();
        delivery.Record.Clear();
        if (duplicate)
        {
            delivery.Record.Append(_lastRecord.Written);
        }
        else
        {
            _forge.Write(delivery.Record, in what);
            _lastRecord.Clear();
            _lastRecord.Append(delivery.Record.Written);
        }

        delivery.Truth.CopyFrom(truth);
        delivery.Truth.EventId = what.EventId;
        delivery.Truth.Story = story;
        delivery.Truth.IsDuplicate = duplicate;
        _underWay.Enqueue(delivery, (due, _number++));
        _made++;
        _now += 1 / _options.EventsPerSecond;
    }

    /// <summary>An ordinary call by somebody.</summary>
    private void Act(Actor who, long time, byte[]? identity = null, string? invokedBy = null)
    {
        var (source, name, readOnly, request) = _random.Of(Organisation.Calls);
        Send(
            EventOf(who, time, source, name) with
            {
                Identity = identity ?? who.Identity,
                SourceIp = invokedBy ?? who.SourceIp,
                UserAgent = invokedBy ?? who.UserAgent,
                Request = request,
                ReadOnly = readOnly,
            },
            who.Story,
            who.Truth);
    }

    /// <summary>A call with an id of its own, no parameters and no answer.</summary>
    private ForgedEvent EventOf(Actor who, long time, string source, string name) => new()
    {
        Identity = who.Identity,
        Time = time,
        Source = source,
        Name = name,
        Account = who.Account,
        SourceIp = who.SourceIp,
        UserAgent = who.UserAgent,
        Request = "null",
        EventId = _forge.NextEventId(),
    };

    private void ActOften(Actor who, long from, int times, int spacingSeconds)
    {
        for (var i = 0; i < times; i++)
        {
            Act(who, from + 1 + (i * spacingSeconds));
        }
    }

    private sealed class Delivery
    {
        public ByteBuffer Record { get; } = new(2048);

        public TrailTruth Truth { get; } = new();
    }
}
