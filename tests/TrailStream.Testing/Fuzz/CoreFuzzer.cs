using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;
using TrailStream.Testing.Worlds;

namespace TrailStream.Testing.Fuzz;

/// <summary>Random, mutated and adversarial payloads through decode, index, attribution and documents. What a round does follows from its number alone.
/// Payloads lie at the end of guarded memory: a read beyond them ends the process.</summary>
public sealed class CoreFuzzer : IDisposable
{
    /// <summary>Generous: the machine may be busy. A hang is for ever.</summary>
    private static readonly TimeSpan RoundTimeMax = TimeSpan.FromSeconds(20);

    /// <summary>Bytes that one small payload may make a decoder allocate: what it may inflate to, doubled while buffers grow, and its events.</summary>
    private const long AllocatedBytesMax = 512L << 20;

    private static readonly DecodeLimits Limits = DecodeLimits.Default with { InflatedBytesMax = 8 << 20, EventsMax = 1000 };

    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\"eventName\":", "{\"Records\":[", "\"eventVersion\":\"1.08\",", "\"userIdentity\":{", "\"message\":\"{\\\"", "null", "true",
        "-1e999", "01", "\\u00", "\\ud800", "\\u0000", "\uFEFF", "\n", "\r", "\t", "\0", "H4sI", "eyJ", "\u001f\u008b", "\"eventTime\":\"2026-01-01T00:00:00Z\",",
        "\"eventID\":\"x\",", "\"sessionContext\":{", "\"credentials\":{\"accessKeyId\":\"ASIAAAAAAAAAAAAAAAAB\",", "\"accessKeyId\":1,", "\"responseElements\":\"{\",",
        "\"expiration\":\"Jul 10, 2023, 12:09:47\u202FPM\",", "\"tags\":[{\"key\":\"kubernetes-namespace\",\"value\":", "\"onBehalfOf\":{\"userId\":\"u\"},", "\"sessionToken\":\"",
    ];

    private readonly GuardedMemory _memory = new(4 << 20);
    private readonly List<byte[]> _records = [];
    private readonly EventDecoder _decoder = new(Limits, null);
    private readonly EventBatch _events = new();
    private readonly List<DecodeFailure> _failures = [];
    private readonly DocumentWriter[] _documents =
    [
        new(DocumentForm.CloudTrail), new(DocumentForm.Ecs), new(DocumentForm.Ecs, new DocumentOptions(RetainedCopies.None, IdentityMapping.Ecs, EventOriginal: true)),
    ];

    private readonly ByteBuffer _document = new();
    private readonly List<ulong> _wakes = [];
    private SessionIndex _index = NewIndex();
    private Attributor _attributor;

    public CoreFuzzer()
    {
        _attributor = new Attributor(_index);
        for (ulong seed = 1; seed <= 4; seed++)
        {
            _records.AddRange(WorldChecks.Records(World.OfEveryKind(seed)));
        }
    }

    public bool IsGuarded => _memory.IsGuarded;

    /// <summary>Events that came out so far: a fuzzer whose payloads are all refused at the door would prove little.</summary>
    public long Events { get; private set; }

    /// <summary>The payload of a round.</summary>
    public byte[] Payload(int round)
    {
        var random = new Random(round);
        if (random.Next(20) == 0)
        {
            return random.Next(3) switch
            {
                0 => Garbage(random),
                1 => Soup(random),
                _ => Adversarial(random),
            };
        }

        var records = Enumerable.Range(0, random.Next(1, 4)).Select(_ => _records[random.Next(_records.Count)]).ToList();
        if (random.Next(2) == 0)
        {
            records[0] = Mutate(records[0], random);
        }

        var payload = random.Next(4) == 0 ? records[0] : Envelopes.All[random.Next(Envelopes.All.Count)].Wrap(records);
        for (var i = random.Next(4); i > 0; i--)
        {
            payload = Mutate(payload, random);
        }

        return payload.Length <= _memory.Capacity ? payload : payload[.._memory.Capacity];
    }

    /// <summary>Null when all is well with this payload, else what is wrong.</summary>
    public string? Run(byte[] payload)
    {
        var started = Stopwatch.GetTimestamp();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        _events.Clear();
        _failures.Clear();
        _decoder.Decode(_memory.AtEnd(payload), 0, _events, _failures);
        var problem = Check(payload) ?? Process();
        Events += _events.Count;
        if (_index.Count > 50_000)
        {
            _index.Dispose();
            _index = NewIndex();
            _attributor = new Attributor(_index);
        }

        return problem
            ?? (Stopwatch.GetElapsedTime(started) > RoundTimeMax ? $"took {Stopwatch.GetElapsedTime(started)}" : null)
            ?? (GC.GetAllocatedBytesForCurrentThread() - allocated > AllocatedBytesMax ? "too much memory" : null);
    }

    public void Dispose()
    {
        _memory.Dispose();
        _index.Dispose();
    }

    private static SessionIndex NewIndex() => new(SessionIndexOptions.Default with { SessionsMax = 100_000 });

    private string? Check(byte[] payload)
    {
        if (_events.Count + _failures.Count == 0 && !payload.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return "neither an event nor a reason";
        }

        return _events.Count > Limits.EventsMax ? "too many events" : null;
    }

    /// <summary>Whatever came in: what is an event goes through the rest, and what comes out is one line of well-formed JSON each.</summary>
    private string? Process()
    {
        for (var i = 0; i < _events.Count; i++)
        {
            var record = _events.Record(i);
            ref var fields = ref _events[i].Fields;
            if (!IsLine(record))
            {
                return $"event: {Encoding.UTF8.GetString(record)}";
            }

            _wakes.Clear();
            if (_attributor.IsEvidence(record, in fields))
            {
                _attributor.Learn(record, in fields, _wakes);
            }

            var verdict = _attributor.Attribute(record, in fields, graceOver: i % 2 == 0);
            var text = _attributor.Write(record, in fields, in verdict, 0, 1, coveragePartial: false);
            if (!IsLine(text.Json))
            {
                return $"attribution: {Encoding.UTF8.GetString(text.Json)} of {Encoding.UTF8.GetString(record)}";
            }

            foreach (var writer in _documents)
            {
                _document.Clear();
                writer.Write(record, in fields, text, 0, _document);
                if (!IsLine(_document.Written.TrimEnd((byte)'\n')))
                {
                    return $"{writer.Form} document: {Encoding.UTF8.GetString(_document.Written)} of {Encoding.UTF8.GetString(record)}";
                }
            }
        }

        return null;
    }

    private static bool IsLine(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text) || text.IndexOf((byte)'\n') >= 0)
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 200 });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private byte[] Mutate(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length + 1);
        var until = Math.Min(bytes.Length, at + random.Next(1, 60));
        var token = Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]);
        switch (random.Next(9))
        {
            case 0: return bytes[..at];
            case 1: return [.. bytes[..at], (byte)random.Next(256), .. bytes[Math.Min(bytes.Length, at + 1)..]];
            case 2: return [.. bytes[..at], .. bytes[until..]];
            case 3: return [.. bytes[..until], .. bytes[at..]];
            case 4: return [.. bytes[..at], .. token, .. bytes[at..]];
            case 5: return [.. bytes[..at], .. token, .. bytes[until..]];
            case 6:
                var other = _records[random.Next(_records.Count)];
                return [.. bytes[..at], .. other[random.Next(other.Length)..]];
            case 7:
                return [.. bytes[..at], .. Enumerable.Repeat(token, random.Next(1, 300)).SelectMany(t => t), .. bytes[at..]];
            default:
                var flipped = (byte[])bytes.Clone();
                for (var i = random.Next(1, 6); i > 0 && flipped.Length > 0; i--)
                {
                    flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
                }

                return flipped;
        }
    }

    private static byte[] Garbage(Random random)
    {
        var bytes = new byte[random.Next(2000)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Soup(Random random) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(200)).Select(_ => Tokens[random.Next(Tokens.Length)])));

    /// <summary>Bombs, depth, width and repetition.</summary>
    private byte[] Adversarial(Random random)
    {
        var record = _records[random.Next(_records.Count)];
        var text = Encoding.UTF8.GetString(record);
        return random.Next(7) switch
        {
            0 => Envelopes.Gzip(new byte[random.Next(1, 32) << 20]),
            1 => Envelopes.Gzip(Envelopes.Gzip(Envelopes.Gzip(record))),
            2 => Encoding.UTF8.GetBytes(new string('[', random.Next(200_000))),
            3 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"detail\":", random.Next(60))) + text),
            4 => Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat(text, random.Next(1, 1500))) + "]"),
            5 => Encoding.UTF8.GetBytes(text.Insert(1, string.Concat(Enumerable.Range(0, random.Next(5000)).Select(i => $"\"m{i}\":{i},")))),
            _ => Encoding.UTF8.GetBytes(text.Insert(1, "\"requestParameters\":" + string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200) + ",")),
        };
    }
}
