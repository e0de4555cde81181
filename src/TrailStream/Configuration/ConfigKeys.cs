namespace TrailStream.Configuration;

/// <summary>All keys.</summary>
internal static class ConfigKeys
{
    /// <summary>Everything below this goes to librdkafka as it stands.</summary>
    public const string ClientPrefix = "kafka.client.";

    /// <summary>Client settings that settlement depends on: what is committed, and when a session or a dead letter counts as durable.</summary>
    public static readonly string[] ClientDenied =
    [
        "enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset", "group.id", "group.instance.id", "group.protocol",
        "enable.partition.eof", "enable.idempotence", "acks", "request.required.acks", "message.timeout.ms", "delivery.timeout.ms", "retries", "message.send.max.retries",
    ];

    public static readonly IReadOnlyList<ConfigKey> All =
    [
        Text("kafka.brokers", null, "Kafka's addresses, comma-separated.", "kafka-1:9092,kafka-2:9092"),
        Text("kafka.topic", "cloudtrail", "The topic with CloudTrail records, in any envelope.", "cloudtrail"),
        Text("kafka.group", "trailstream", "The consumer group.", "trailstream"),
        Text("kafka.group_instance_id", null, "Static membership: a stable name of this node.", "trailstream-0"),
        Choice("kafka.protocol", "classic", "Group protocol; consumer is KIP-848 and wants Kafka 4.", "classic", "consumer"),
        Choice("kafka.start", "earliest", "Where a group without committed offsets begins.", "earliest", "latest", "window"),
        Flag("kafka.create_topics", "true", "Create the program's own topics where they are missing."),
        Flag("kafka.accept_gap", "false", "Go on where retention has removed records that were never read."),
        Choice("kafka.security_protocol", "plaintext", "How to talk to the brokers.", "plaintext", "ssl", "sasl_plaintext", "sasl_ssl"),
        Choice("kafka.sasl_mechanism", "PLAIN", "How to log in with sasl_….", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
        Text("kafka.username", null, "User for sasl_….", "trailstream"),
        Secret("kafka.password", "Password for sasl_…."),
        Text("kafka.password_file", null, "File that holds the password.", "/run/secrets/kafka-password"),
        Text("kafka.ca_file", null, "PEM file of the authority that signed the brokers' certificates.", "/etc/ssl/kafka-ca.pem"),
        Text("elasticsearch.urls", null, "Elasticsearch or OpenSearch, comma-separated.", "https://es-1:9200"),
        Text("elasticsearch.username", null, "User for basic authentication.", "trailstream"),
        Secret("elasticsearch.password", "Password for basic authentication."),
        Text("elasticsearch.password_file", null, "File that holds the password; read again when the server refuses.", "/run/secrets/es-password"),
        Secret("elasticsearch.api_key", "API key, as base64 of id:key."),
        Text("elasticsearch.api_key_file", null, "File that holds the API key; read again when the server refuses.", "/run/secrets/es-api-key"),
        Text("elasticsearch.ca_file", null, "PEM file of the authority that signed the server's certificate.", "/etc/ssl/es-ca.pem"),
        Flag("elasticsearch.gzip", "false", "Compress requests: for slow or paid links."),
        Choice("elasticsearch.form", "ecs", "Form of the documents.", "ecs", "cloudtrail"),
        Choice("elasticsearch.retain", "all", "Copies of requestParameters and its like in documents of form ecs, see docs/fields.md.", "all", "flattened", "keyword", "minimal", "none"),
        Choice("elasticsearch.identity", "compat", "Who is user.* of a role session in form ecs: the role, as Elastic's rules expect, or the origin.", "compat", "ecs"),
        Flag("elasticsearch.event_original", "false", "Add the whole record as event.original in form ecs."),
        Flag("elasticsearch.setup", "true", "Install the index template where it is missing or older."),
        Count("elasticsearch.in_flight", "2", "Bulk requests under way at once.", 1, 64),
        Duration("elasticsearch.request_timeout", "30s", "A request without an answer for this long goes again; repeating is harmless.", 1, 600),
        Size("elasticsearch.group_bytes", "5MB", "Size of a bulk request.", 64 << 10, 100 << 20),
        Text("output_topic.name", null, "Kafka topic that gets the documents.", "cloudtrail-enriched"),
        Choice("output_topic.form", "cloudtrail", "Form of the documents.", "cloudtrail", "ecs"),
        Text("sqlite.path", null, "SQLite file that gets the documents.", "trailstream.db"),
        Text("ndjson.path", null, "File that gets the documents, a line each.", "enriched.ndjson"),
        Choice("ndjson.form", "cloudtrail", "Form of the documents.", "cloudtrail", "ecs"),
        Count("index.sessions_max", "20000000", "Sessions held at most; about 300 bytes each.", 1000, 200_000_000),
        Duration("index.slack", "2h", "How long after its expiry a session is still found.", 0, 36 * 3600),
        Duration("late.hold", "30s", "How long an unexplained event is held before it is written as pending.", 0, 600),
        Duration("late.grace", "15m", "When an event without evidence becomes unattributed.", 0, 36 * 3600),
        Size("late.memory", "256MB", "Memory for events that wait for evidence.", 1 << 20, 64L << 30),
        Flag("late.store", "true", "Ask stores (Elasticsearch, OpenSearch, SQLite) for documents that late evidence concerns; needs the privilege to read."),
        Duration("late.sweep_interval", "10m", "How often stores are asked for everything that is still pending.", 10, 24 * 3600),
        Count("limits.span_records", "50000", "Records read and not settled, a partition: what a crash repeats at most.", 256, 10_000_000),
        Size("limits.span_bytes", "64MB", "The same in bytes.", 1 << 20, 4L << 30),
        Size("limits.in_flight_bytes", "256MB", "Bytes read and not settled, all partitions.", 8 << 20, 64L << 30),
        Text("dead_letters.topic", "trailstream.dlq", "Kafka topic for what cannot be decoded or written.", "trailstream.dlq"),
        Text("dead_letters.path", null, "File that gets them instead, a line each.", "dead-letters.ndjson"),
        Flag("sessions.enabled", "true", "Keep grants in a Kafka topic, so that restarts and other nodes know them."),
        Text("sessions.topic", "trailstream.sessions", "That topic.", "trailstream.sessions"),
        Text("sessions.snapshot", null, "File that the index is kept in, so that a restart need not read the whole topic.", "/var/lib/trailstream/sessions.snapshot"),
        Duration("sessions.snapshot_interval", "5m", "How often it is written; it also is at the end.", 10, 24 * 3600),
        Text("http.address", "127.0.0.1", "Address of /healthz, /readyz and /metrics.", "0.0.0.0"),
        Count("http.port", "9464", "Their port; 0 takes a free one.", 0, 65535),
        Choice("log.level", "information", "Least level that is logged.", "debug", "information", "warning", "error"),
        Choice("log.format", "auto", "auto is text on a terminal, JSON otherwise.", "auto", "text", "json"),
    ];

    public static readonly IReadOnlyDictionary<string, ConfigKey> ByName = All.ToDictionary(key => key.Name);

    private static ConfigKey Text(string name, string? value, string description, string example) => new(name, ConfigKind.Text, value, description, example);

    private static ConfigKey Secret(string name, string description) => new(name, ConfigKind.Secret, null, description, "(better as …_file)");

    private static ConfigKey Flag(string name, string value, string description) => new(name, ConfigKind.Flag, value, description, value);

    private static ConfigKey Choice(string name, string value, string description, params string[] choices) =>
        new(name, ConfigKind.Choice, value, description, value) { Choices = choices };

    private static ConfigKey Count(string name, string value, string description, long min, long max) =>
        new(name, ConfigKind.Count, value, description, value) { Range = (min, max) };

    private static ConfigKey Size(string name, string value, string description, long min, long max) =>
        new(name, ConfigKind.Size, value, description, value) { Range = (min, max) };

    private static ConfigKey Duration(string name, string value, string description, long min, long max) =>
        new(name, ConfigKind.Duration, value, description, value) { Range = (min, max) };
}
