using System.Text;
using TrailStream.Testing.Fuzz;
using Xunit;

namespace TrailStream.Core.Tests.CloudTrail;

/// <summary>Random, mutated and adversarial payloads; the slow suite goes on for hours.</summary>
public sealed class CoreFuzzTests : IDisposable
{
    private readonly CoreFuzzer _fuzzer = new();

    public void Dispose() => _fuzzer.Dispose();

    [Fact]
    public void AnyPayload_GivesEventsOrReasons_AndWellFormedDocuments()
    {
        for (var round = 0; round < 3_000; round++)
        {
            var payload = _fuzzer.Payload(round);
            var problem = _fuzzer.Run(payload);
            Assert.True(problem is null, $"round {round}: {problem}");
        }

        Assert.True(_fuzzer.Events > 3_000, $"only {_fuzzer.Events} events came out");
    }

    /// <summary>Undisturbed, every envelope gives every record that was put into it.</summary>
    [Fact]
    public void EveryEnvelope_GivesItsRecords()
    {
        var records = Enumerable.Range(0, 3).Select(i => Encoding.UTF8.GetBytes(
            $$"""{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"a"},"eventTime":"2026-01-01T00:00:0{{i}}Z","eventSource":"s3.amazonaws.com","eventName":"X","eventID":"{{i}}"}""")).ToList();
        Assert.All(Envelopes.All, envelope =>
        {
            var events = new Core.CloudTrail.EventBatch();
            var failures = new List<Core.CloudTrail.DecodeFailure>();
            new Core.CloudTrail.EventDecoder().Decode(envelope.Wrap(records), 0, events, failures);
            Assert.Empty(failures);
            Assert.Equal([.. records.Select(Encoding.UTF8.GetString)], Enumerable.Range(0, events.Count).Select(i => Encoding.UTF8.GetString(events.Record(i))));
        });
    }

    /// <summary>What fuzzing has found: names with half a surrogate pair, which a JSON reader will not unescape.</summary>
    [Theory]
    [InlineData("""{"\ud800":1}""", 0)]
    [InlineData("""{"\ud800":1,"detail":{"eventVersion":"1.11","eventTime":"2026-01-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"X","eventID":"1"}}""", 1)]
    [InlineData("""
        {"eventVersion":"1.11","userIdentity":{"type":"AWSService","invokedBy":"pods.eks.amazonaws.com"},"eventTime":"2026-01-01T00:00:00Z",
        "eventSource":"sts.amazonaws.com","eventName":"AssumeRole","eventID":"2","requestParameters":{"tags":[{"\ud800":"x","kez":"y"}]},
        "responseElements":{"credentials":{"accessKeyId":"ASIAAAAAAAAAAAAAAAAB"}}}
        """, 1)]
    public void FoundCases_DoNotThrow(string payload, int events)
    {
        var before = _fuzzer.Events;
        Assert.Null(_fuzzer.Run(Encoding.UTF8.GetBytes(payload)));
        Assert.Equal(events, _fuzzer.Events - before);
    }
}
