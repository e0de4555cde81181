using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Kafka;

/// <summary>A topic that must be there.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Partitions">Partitions when it is created.</param>
/// <param name="ReplicationFactor">-1: the broker's default.</param>
/// <param name="Settings">Topic settings when it is created.</param>
/// <param name="Own">False for topics that belong to others: never created.</param>
public sealed record TopicSpec(string Name, int Partitions, short ReplicationFactor, IReadOnlyDictionary<string, string> Settings, bool Own = true);

/// <summary>Waits for Kafka and for the topics, and creates those of the program's own if it may. Uses metadata and CreateTopics only:
/// listing groups and describing topics crash or hang the client against some brokers.</summary>
public static class TopicSetup
{
    private static readonly TimeSpan AskTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    /// <summary>The topics of the stream itself: inputs, sessions, dead letters.</summary>
    public static IReadOnlyList<TopicSpec> TopicsOf(StreamOptions options)
    {
        var topics = options.Kafka.Topics.Select(name => new TopicSpec(name, 0, 0, new Dictionary<string, string>(), Own: false)).ToList();
        var sessions = options.Sessions;
        if (sessions.Enabled)
        {
            topics.Add(new TopicSpec(sessions.Topic, sessions.Partitions, sessions.ReplicationFactor, new Dictionary<string, string>
            {
                ["cleanup.policy"] = "compact,delete",
                ["retention.ms"] = ((long)sessions.Retention.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
                ["segment.ms"] = "3600000",
                // The decoder takes events of 8 MB: a grant that it has taken must fit.
                ["max.message.bytes"] = "16777216",
            }));
        }

        if (options.Kafka.DeadLetterTopic.Length > 0)
        {
            topics.Add(new TopicSpec(options.Kafka.DeadLetterTopic, 1, sessions.ReplicationFactor, new Dictionary<string, string>
            {
                ["cleanup.policy"] = "delete",
                ["retention.ms"] = "1209600000",
            }));
        }

        return topics;
    }

    public static async Task EnsureAsync(
        KafkaOptions options, IReadOnlyList<TopicSpec> topics, TimeProvider clock, ILogger logger, CancellationToken cancellationToken)
    {
        using var admin = new AdminClientBuilder(KafkaClients.Admin(options))
            .SetLogHandler((_, line) => Log.ClientLine(logger, line.Facility, line.Message))
            .SetErrorHandler((_, _) => { })
            .Build();
        var said = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var missing = await MissingAsync(admin, options, topics, said, logger).ConfigureAwait(false);
            if (missing is { Count: 0 })
            {
                return;
            }

            foreach (var topic in missing ?? [])
            {
                await CreateAsync(admin, options, topic, said, logger).ConfigureAwait(false);
            }

            await Task.Delay(missing is null ? RetryDelay : RetryDelay / 4, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The topics that are not there; null while Kafka does not answer.</summary>
    private static async Task<List<TopicSpec>?> MissingAsync(
        IAdminClient admin, KafkaOptions options, IReadOnlyList<TopicSpec> topics, HashSet<string> said, ILogger logger)
    {
        try
        {
            // Off the caller's thread: the call blocks up to its time limit.
            var metadata = await Task.Run(() => admin.GetMetadata(AskTime)).ConfigureAwait(false);
            if (said.Remove(""))
            {
                Log.KafkaAnswers(logger);
            }

            var there = metadata.Topics.Where(t => !t.Error.IsError).Select(t => t.Topic).ToHashSet(StringComparer.Ordinal);
            return [.. topics.Where(t => !there.Contains(t.Name))];
        }
        catch (KafkaException e)
        {
            if (said.Add(""))
            {
                Log.WaitingForKafka(logger, options.Brokers, e.Error.Reason);
            }

            return null;
        }
    }

    private static async Task CreateAsync(IAdminClient admin, KafkaOptions options, TopicSpec topic, HashSet<string> said, ILogger logger)
    {
        var reason = topic.Own ? "create_topics is off" : "it is an input of somebody else";
        if (topic.Own && options.CreateTopics)
        {
            try
            {
                await admin.CreateTopicsAsync(
                [
                    new TopicSpecification
                    {
                        Name = topic.Name,
                        NumPartitions = topic.Partitions,
                        ReplicationFactor = topic.ReplicationFactor,
                        Configs = new Dictionary<string, string>(topic.Settings),
                    },
                ]).ConfigureAwait(false);
                Log.TopicCreated(logger, topic.Name, topic.Partitions);
                return;
            }
            catch (CreateTopicsException e) when (e.Results[0].Error.Code == ErrorCode.TopicAlreadyExists)
            {
                return;
            }
            catch (KafkaException e)
            {
                reason = e is CreateTopicsException created ? created.Results[0].Error.Reason : e.Error.Reason;
            }
        }

        if (said.Add(topic.Name))
        {
            Log.TopicMissing(logger, topic.Name, reason, Command(topic));
        }
    }

    private static string Command(TopicSpec topic)
    {
        var settings = string.Concat(topic.Settings.Select(s => $" --config {s.Key}={s.Value}"));
        return $"kafka-topics.sh --create --topic {topic.Name} --partitions {Math.Max(1, topic.Partitions)}{settings}";
    }
}
