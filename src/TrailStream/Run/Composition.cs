using Microsoft.Extensions.Logging;
using TrailStream.Configuration;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Ndjson;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Sqlite;
using TrailStream.Pipeline.Verification;

namespace TrailStream.Run;

/// <summary>From settings to the parts of the stream.</summary>
internal static class Composition
{
    public static StreamOptions Stream(Settings settings) => new()
    {
        Kafka = Kafka(settings),
        Read = new ReadLimits
        {
            SpanRecords = settings.Count("limits.span_records"),
            SpanBytes = settings.Size("limits.span_bytes"),
            BytesInFlight = settings.Size("limits.in_flight_bytes"),
        },
        Late = new LateOptions
        {
            HoldTime = settings.Duration("late.hold"),
            Grace = settings.Duration("late.grace"),
            MemoryBytes = settings.Size("late.memory"),
            AskStores = settings.Flag("late.store"),
            SweepInterval = settings.Duration("late.sweep_interval"),
        },
        Sessions = new SessionsOptions
        {
            Enabled = settings.Flag("sessions.enabled"),
            Topic = settings.Text("sessions.topic")!,
            Snapshot = settings.Text("sessions.snapshot"),
            SnapshotInterval = settings.Duration("sessions.snapshot_interval"),
        },
        Documents = new DocumentOptions(
            Enum.Parse<RetainedCopies>(settings.Text("elasticsearch.retain")!, ignoreCase: true),
            Enum.Parse<IdentityMapping>(settings.Text("elasticsearch.identity")!, ignoreCase: true),
            settings.Flag("elasticsearch.event_original")),
    };

    public static SessionIndexOptions Index(Settings settings, ulong hashSeed) => SessionIndexOptions.Default with
    {
        SessionsMax = settings.Count("index.sessions_max"),
        Slack = settings.Duration("index.slack"),
        HashSeed = hashSeed,
    };

    public static IDeadLetters DeadLetters(Settings settings, TimeProvider clock, ILoggerFactory loggers) => settings.Text("dead_letters.path") is { } path
        ? new NdjsonDeadLetters(path, clock)
        : new KafkaDeadLetters(Kafka(settings), clock, loggers.CreateLogger("TrailStream.DeadLetters"));

    public static IDeadLetterStore DeadLetterStore(Settings settings, TimeProvider clock) => settings.Text("dead_letters.path") is { } path
        ? new NdjsonDeadLetterStore(path, clock)
        : new KafkaDeadLetterStore(Kafka(settings), clock);

    /// <summary>Ways to ask the destinations what they hold; a file of lines cannot be asked.</summary>
    /// <param name="settings">Where they are.</param>
    /// <param name="since">Documents written before are of no interest; null: all are.</param>
    /// <param name="clock">Measures patience.</param>
    public static List<IDocumentLookup> Lookups(Settings settings, DateTimeOffset? since, TimeProvider clock)
    {
        var lookups = new List<IDocumentLookup>();
        if (settings.Text("elasticsearch.urls") is not null)
        {
            lookups.Add(new ElasticsearchLookup(Bulk(settings), clock));
        }

        if (settings.Text("output_topic.name") is { } topic)
        {
            lookups.Add(new TopicLookup(Kafka(settings), topic, since, clock));
        }

        if (settings.Text("sqlite.path") is { } store)
        {
            lookups.Add(new SqliteLookup(SqliteReader.Open(store)));
        }

        return lookups;
    }

    public static List<ISink> Sinks(Settings settings, IDeadLetters deadLetters, TimeProvider clock, ILoggerFactory loggers)
    {
        var sinks = new List<ISink>();
        if (settings.Text("elasticsearch.urls") is not null)
        {
            sinks.Add(new BulkSink(Bulk(settings), deadLetters, clock, loggers.CreateLogger("TrailStream.Elasticsearch")));
        }

        if (settings.Text("output_topic.name") is { } topic)
        {
            sinks.Add(new KafkaSink(Kafka(settings), topic, Form(settings, "output_topic.form"), deadLetters));
        }

        if (settings.Text("sqlite.path") is { } store)
        {
            sinks.Add(new SqliteSink(store));
        }

        if (settings.Text("ndjson.path") is { } file)
        {
            sinks.Add(new NdjsonSink(file, Form(settings, "ndjson.form")));
        }

        return sinks;
    }

    /// <summary>How to reach Elasticsearch; without addresses where the settings have none.</summary>
    public static BulkOptions Bulk(Settings settings) => new()
    {
        Urls = [.. settings.Text("elasticsearch.urls")?.Split(',', StringSplitOptions.TrimEntries).Select(url => new Uri(url)) ?? []],
        Username = settings.Text("elasticsearch.username"),
        Password = settings.Text("elasticsearch.password"),
        PasswordFile = settings.Text("elasticsearch.password_file"),
        ApiKey = settings.Text("elasticsearch.api_key"),
        ApiKeyFile = settings.Text("elasticsearch.api_key_file"),
        CaFile = settings.Text("elasticsearch.ca_file"),
        Gzip = settings.Flag("elasticsearch.gzip"),
        Setup = settings.Flag("elasticsearch.setup"),
        Form = Form(settings, "elasticsearch.form"),
        InFlight = settings.Count("elasticsearch.in_flight"),
        RequestTimeout = settings.Duration("elasticsearch.request_timeout"),
        GroupBytes = (int)settings.Size("elasticsearch.group_bytes"),
    };

    public static KafkaOptions Kafka(Settings settings)
    {
        var properties = new Dictionary<string, string>();
        if (settings.Text("kafka.security_protocol") is { } protocol && protocol != "plaintext")
        {
            properties["security.protocol"] = protocol;
        }

        if (settings.Text("kafka.username") is { } user)
        {
            properties["sasl.mechanism"] = settings.Text("kafka.sasl_mechanism")!;
            properties["sasl.username"] = user;
            properties["sasl.password"] = settings.Text("kafka.password_file") is { } file ? File.ReadAllText(file).Trim() : settings.Text("kafka.password") ?? "";
        }

        if (settings.Text("kafka.ca_file") is { } authority)
        {
            properties["ssl.ca.location"] = authority;
        }

        foreach (var (key, value) in settings.Client())
        {
            properties[key] = value;
        }

        return new KafkaOptions
        {
            Brokers = settings.Text("kafka.brokers")!,
            Topics = settings.Text("kafka.topic")!.Split(',', StringSplitOptions.TrimEntries),
            GroupId = settings.Text("kafka.group")!,
            GroupInstanceId = settings.Text("kafka.group_instance_id"),
            GroupProtocol = settings.Text("kafka.protocol")!,
            StartAt = Enum.Parse<StartPosition>(settings.Text("kafka.start")!, ignoreCase: true),
            CreateTopics = settings.Flag("kafka.create_topics"),
            AcceptGap = settings.Flag("kafka.accept_gap"),
            DeadLetterTopic = settings.Text("dead_letters.path") is null ? settings.Text("dead_letters.topic")! : "",
            Properties = properties,
        };
    }

    private static DocumentForm Form(Settings settings, string key) => settings.Text(key) == "ecs" ? DocumentForm.Ecs : DocumentForm.CloudTrail;
}
