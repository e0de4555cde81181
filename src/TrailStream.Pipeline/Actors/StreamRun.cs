using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Snapshot;
using TrailStream.Pipeline.Store;

namespace TrailStream.Pipeline.Actors;

/// <summary>One stream from Kafka to sinks: composes the stages, and is what verbs, health checks and tests hold. The caller owns the
/// sinks, the dead letters and the index, and disposes them after this.</summary>
public sealed partial class StreamRun : IAsyncDisposable
{
    private const string Hocon = """
        akka {
          stdout-loglevel = off
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          coordinated-shutdown.exit-clr = off
        }
        """;

    private readonly StreamOptions _options;
    private readonly IReadOnlyList<ISink> _sinks;
    private readonly StreamState _state;
    private readonly StreamCounters _counters = new();
    private readonly StreamMetrics _metrics;
    private readonly LateGauges _late = new();
    private readonly ILoggerFactory _loggers;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef[] _writers;
    private IHost? _host;
    private IActorRef? _lateActor;
    private readonly List<StoreCorrections> _stores = [];
    private SessionsTopic? _sessions;
    private RecentEvidence? _recent;
    private LaggingPartitions? _lagging;
    private InputBootstrap? _bootstrap;
    private SnapshotKeeper? _snapshots;
    private PartitionReader? _reader;
    private volatile string _phase = "waiting for kafka";
    private bool _stopped;

    private StreamRun(StreamOptions options, IReadOnlyList<ISink> sinks, IDeadLetters deadLetters, TimeProvider clock, ILoggerFactory loggers,
        SessionIndex index, IPayloadInflater? zstd)
    {
        (_options, _sinks, _loggers) = (options, sinks, loggers);
        _writers = new IActorRef[sinks.Count];
        _metrics = new StreamMetrics(_counters);
        var logger = loggers.CreateLogger("TrailStream.Stream");
        var routes = Enumerable.Range(0, sinks.Count).GroupBy(i => sinks[i].Form).Select(form =>
        {
            var takers = form.ToArray();
            return new FormRoute(form.Key, takers.Length, batch =>
            {
                foreach (var taker in takers)
                {
                    _writers[taker].Tell(batch);
                }
            });
        });
        _state = new StreamState(options, index, [.. routes], _metrics, _counters, clock, logger)
        {
            DeadLetters = new DeadLetterPost(deadLetters, _metrics, _counters, clock, logger, _stopping.Token),
            Zstd = zstd,
        };
        _metrics.Watch(index, _state.Feed);
        _metrics.Watch(() => _reader?.PartitionsNow() ?? []);
        _metrics.Level("trailstream.coverage.since", "s", "Unix time from which the index has seen all evidence; 0 while it is not known.", () => _state.CoverageSince ?? 0);
        _metrics.Level("trailstream.coverage.partial", "1", "1 while unresolved events say coverage: partial.", () => _state.CoveragePartial ? 1 : 0);
        _metrics.Level("trailstream.index.least_event_time", "s",
            "Unix time that the events of the partition furthest behind have come to, of any node: the index forgets by it. 0 before the first event.",
            () => Math.Max(0, _state.Watermark.LeastAnywhere));
        _metrics.Level("trailstream.late.store.queued", "{change}", "Changed sessions and named principals that stores have not answered for.",
            () => _state.StoreQueued);
        _metrics.Level("trailstream.late.store.oldest", "s", "Age of the oldest evidence that a store has not answered for.",
            () => _state.OldestOpen is { } oldest ? (long)clock.GetElapsedTime(oldest).TotalSeconds : 0);
        _metrics.Level("trailstream.late.store.inherited", "{partition}", "Partitions for which stores are still to be asked what the node before left open.",
            () => _recent?.Inherited ?? 0);
        _metrics.Level("trailstream.late.waiting", "{event}", "Events in memory that wait for evidence.", () => _late.Waiting);
        _metrics.Level("trailstream.late.held", "{event}", "Of them not yet written.", () => _late.Held);
        _metrics.Level("trailstream.late.bytes", "By", "Memory of waiting events.", () => _late.Bytes);
    }

    /// <summary>Ends when the stream has stopped, and fails when it cannot go on: the process must then end with an error and be started
    /// again.</summary>
    public Task Completion => _completion.Task;

    public StreamStatus Status
    {
        get
        {
            var reader = _reader?.Status ?? ReaderStatus.Empty;
            return new StreamStatus
            {
                Ready = _phase == "running" && !reader.Refused,
                Phase = _phase,
                Records = _counters.Records,
                Events = _counters.Events,
                ByStatus = Enum.GetValues<AttributionStatus>().ToDictionary(status => status, _counters.OfStatus),
                DeadLetters = _counters.DeadLetters,
                Grants = _counters.Grants,
                Waiting = _late.Waiting,
                Held = _late.Held,
                Corrections = _counters.Corrections,
                StoreReads = _counters.StoreReads,
                StoreQueued = _state.StoreQueued,
                BytesInFlight = _counters.BytesInFlight,
                DocumentBytesInFlight = _counters.DocumentBytesInFlight,
                LookBackDone = _bootstrap?.Done ?? 0,
                LookBackTotal = _bootstrap?.Total ?? 0,
                KafkaRefuses = reader.Refused,
                UnhealthySinks = [.. _sinks.Where(sink => !sink.Healthy).Select(sink => sink.Name)],
                Partitions = reader.Partitions,
            };
        }
    }

    /// <summary>A stream that has not begun; its status can be asked at once. Begin with <see cref="OpenAsync"/>.</summary>
    public static StreamRun Create(StreamOptions options, IReadOnlyList<ISink> sinks, IDeadLetters deadLetters, TimeProvider clock,
        ILoggerFactory loggers, SessionIndex index, IPayloadInflater? zstd = null) =>
        new(options, sinks, deadLetters, clock, loggers, index, zstd);

    /// <summary>Creates and opens.</summary>
    public static async Task<StreamRun> StartAsync(StreamOptions options, IReadOnlyList<ISink> sinks, IDeadLetters deadLetters, TimeProvider clock,
        ILoggerFactory loggers, SessionIndex index, CancellationToken cancellationToken, IPayloadInflater? zstd = null)
    {
        var run = Create(options, sinks, deadLetters, clock, loggers, index, zstd);
        try
        {
            await run.OpenAsync(cancellationToken).ConfigureAwait(false);
            return run;
        }
        catch
        {
            await run.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits for Kafka and the sinks, fills the index, and begins to read. Nothing is read before the index is filled.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_options.Kafka.CheckTopics)
        {
            await TopicSetup.EnsureAsync(_options.Kafka, TopicSetup.TopicsOf(_options), _state.Clock, _state.Logger, cancellationToken)
                .ConfigureAwait(false);
        }

        _phase = "waiting for sinks";
        await Task.WhenAll(_sinks.Select(sink => sink.PrepareAsync(cancellationToken))).ConfigureAwait(false);
        _host = BuildHost();
        await _host.StartAsync(cancellationToken).ConfigureAwait(false);
        _phase = "filling the index";
        var sessions = await FillIndexAsync(cancellationToken).ConfigureAwait(false);
        _lagging = _sessions is null ? null : new LaggingPartitions(_sessions, _state);
        AskStores();
        var system = _host.Services.GetRequiredService<ActorSystem>();
        var processors = new PartitionProcessors(system, _state, sessions, _lateActor!, _recent);
        _reader = new PartitionReader(
            _options.Kafka, _options.Read, processors, _counters, _metrics, () => _sinks.Any(sink => sink.Stalled), _state.Clock, _state.Logger);
        _reader.Start();
        KeepSnapshots();
        _ = WatchAsync(_reader);
        _phase = "running";
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _metrics.Dispose();
        _stopping.Dispose();
    }

    private IHost BuildHost()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(_loggers);
        // Signals belong to the executable: it drains before it stops this.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddAkka("trailstream", akka => akka
            .AddHocon(Hocon, HoconAddMode.Prepend)
            .ConfigureLoggers(setup =>
            {
                setup.ClearLoggers();
                // Akka's own lifecycle is no news to an operator.
                setup.LogLevel = Akka.Event.LogLevel.WarningLevel;
                setup.AddLoggerFactory(_loggers);
            })
            .WithActors((system, registry) =>
            {
                for (var i = 0; i < _sinks.Count; i++)
                {
                    var sink = _sinks[i];
                    _writers[i] = system.ActorOf(Props.Create(() => new SinkWriterActor(sink, _state, _stopping.Token)), $"sink-{i}-{sink.Name}");
                }

                _lateActor = system.ActorOf(Props.Create(() => new LateActor(_state, _late)), "late");
                registry.Register<LateActor>(_lateActor);
            }));
        return builder.Build();
    }

    private async Task<ISessionLog> FillIndexAsync(CancellationToken cancellationToken)
    {
        if (!_options.Sessions.Enabled)
        {
            return new NoSessionLog();
        }

        Action<Wakes> announce = wakes => _lateActor.Tell(wakes);
        _sessions = new SessionsTopic(_options.Kafka, _options.Sessions, _state, announce);
        var snapshot = SnapshotKeeper.Find(_options.Sessions, _state);
        await _sessions.FillAsync(snapshot, cancellationToken).ConfigureAwait(false);
        if (_sessions.IsFromSnapshot || _sessions.RecordsAtStart > 0)
        {
            _state.LookedBackTo = _sessions.IsFromSnapshot ? snapshot!.Header.CoverageSince : _sessions.OldestAtStart?.ToUnixTimeSeconds();
            return _sessions;
        }

        _bootstrap = new InputBootstrap(_options, _state, _sessions, announce);
        await _bootstrap.RunAsync(cancellationToken).ConfigureAwait(false);
        return _sessions;
    }

    private void KeepSnapshots()
    {
        if (_sessions is not null && _options.Sessions.Snapshot is not null)
        {
            _snapshots = new SnapshotKeeper(_options.Sessions, _state, _sessions);
            _snapshots.Start();
        }
    }

    private void AskStores()
    {
        for (var i = 0; i < _sinks.Count && _options.Late.AskStores; i++)
        {
            if (_sinks[i] is IDocumentStore store)
            {
                var writer = _writers[i];
                _stores.Add(new StoreCorrections(_state, _sinks[i], store, batch => writer.Tell(batch)));
            }
        }

        _state.BeginToAsk(_stores);
        if (_stores.Count > 0 && _sessions is not null)
        {
            _recent = new RecentEvidence(_options.Kafka, _sessions, _state, wakes => _lateActor.Tell(wakes));
        }

        _stores.ForEach(store => store.Start());
    }

    private async Task WatchAsync(PartitionReader reader)
    {
        var first = await Task.WhenAny(reader.Completion, _state.Failure.Task).ConfigureAwait(false);
        if (first.Exception is { } failure)
        {
            _phase = "failed";
            _completion.TrySetException(failure.InnerException ?? failure);
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
