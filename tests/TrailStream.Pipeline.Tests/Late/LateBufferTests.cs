using System.Collections.Concurrent;
using CsCheck;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Late;
using TrailStream.Pipeline.Options;
using Xunit;

namespace TrailStream.Pipeline.Tests.Late;

public sealed class LateBufferTests
{
    private readonly LateBuffer _buffer = new(new LateOptions { MemoryBytes = 5000, EventsPerKey = 3 });
    private readonly List<LateEvent> _found = [];

    [Fact]
    public void WokenByEitherEvidence_FoundOnceARound()
    {
        var late = Add(evidence1: 1, evidence2: 2);
        _buffer.Collect(1, 1, _found);
        _buffer.Collect(2, 1, _found);
        Assert.Same(late, Assert.Single(_found));
        _buffer.Collect(2, 2, _found);
        Assert.Equal(2, _found.Count);
    }

    [Fact]
    public void Removed_NotWokenAndNotCounted()
    {
        var late = Add(evidence1: 1, evidence2: 2);
        _buffer.Remove(late);
        _buffer.Remove(late);
        _buffer.Collect(1, 1, _found);
        _buffer.CollectOver(long.MaxValue, long.MaxValue, _found);
        Assert.Empty(_found);
        Assert.Equal((0, 0L), (_buffer.Count, _buffer.Bytes));
    }

    [Fact]
    public void Gone_NotKept_WhateverStandsInFront()
    {
        var first = Add(evidence1: 1, evidence2: 2);
        for (var i = 0; i < 20_000; i++)
        {
            _buffer.Remove(Add(evidence1: 3, evidence2: 4));
        }

        Assert.True(_buffer.Known < 3000, $"{_buffer.Known} known for 1 that waits");
        _buffer.Collect(1, 1, _found);
        Assert.Same(first, Assert.Single(_found));
    }

    [Fact]
    public void WaitsForOtherEvidence_WokenByThatOnly()
    {
        var late = Add(evidence1: 1, evidence2: 2);
        _buffer.WaitFor(late, 3, 2);
        _buffer.Collect(1, 1, _found);
        Assert.Empty(_found);
        _buffer.Collect(3, 1, _found);
        Assert.Single(_found);
    }

    [Fact]
    public void HeldTooLong_CollectedInOrderOfArrival()
    {
        var first = Add(arrivedAt: 10, held: true);
        Add(arrivedAt: 20, held: true);
        _buffer.CollectHeld(arrivedUntil: 10, bytesMax: long.MaxValue, _found);
        Assert.Same(first, Assert.Single(_found));
        _buffer.Unhold(first);
        Assert.Equal(1, _buffer.Held);
    }

    [Fact]
    public void HeldBytesAboveLimit_OldestCollected()
    {
        var first = Add(arrivedAt: 10, held: true);
        var second = Add(arrivedAt: 20, held: true);
        _buffer.CollectHeld(arrivedUntil: 0, bytesMax: second.Cost, _found);
        Assert.Same(first, Assert.Single(_found));
    }

    [Fact]
    public void GraceOverByAgeOrEventTime_ClosedOnce()
    {
        var byTime = Add(arrivedAt: 20, eventTime: 100);
        var byAge = Add(arrivedAt: 10, eventTime: 200);
        Add(arrivedAt: 30, eventTime: 300);
        _buffer.CollectOver(arrivedUntil: 0, eventTimeUntil: 100, _found);
        Assert.Same(byTime, Assert.Single(_found));
        _buffer.CollectOver(arrivedUntil: 20, eventTimeUntil: 100, _found);
        Assert.Equal([byTime, byAge], _found);
        Assert.Equal(3, _buffer.Count);
    }

    [Fact]
    public void HeldEventOfOldTime_NotClosedBeforeItIsWritten()
    {
        var late = Add(eventTime: 100, held: true);
        _buffer.CollectOver(arrivedUntil: 0, eventTimeUntil: 1000, _found);
        Assert.Empty(_found);
        _buffer.Unhold(late);
        _buffer.CollectOver(arrivedUntil: 0, eventTimeUntil: 1000, _found);
        Assert.Single(_found);
    }

    [Fact]
    public void MemoryFull_OldestLeaves()
    {
        var first = Add(bytes: 2000);
        Add(bytes: 2000);
        Assert.Null(_buffer.Excess());
        Add(bytes: 2000);
        Assert.Same(first, _buffer.Excess());
        _buffer.Remove(first);
        Assert.Null(_buffer.Excess());
    }

    [Fact]
    public void TooManyWaitForOneKey_NotKept()
    {
        for (var i = 0; i < 3; i++)
        {
            Add(evidence1: 7, bytes: 10);
        }

        Assert.False(_buffer.Add(Make(evidence1: 7, bytes: 10)));
        Assert.Equal(3, _buffer.Count);
    }

    [Fact]
    public void AnyOrderOfAddingAndRemoving_WakesExactlyThoseThatWait()
    {
        // Events wait for two of five pieces of evidence (0: none); removed, moved to other evidence and woken in any order.
        Gen.Select(Gen.Int[0, 3], Gen.ULong[0, 5], Gen.ULong[0, 5], Gen.Int[0, 1000]).Array[1, 200].Sample(steps =>
        {
            var buffer = new LateBuffer(new LateOptions());
            var model = new List<LateEvent>();
            long round = 0;
            foreach (var (kind, evidence1, evidence2, choice) in steps)
            {
                if (kind <= 1 || model.Count == 0)
                {
                    var late = Make(evidence1, evidence2);
                    Assert.True(buffer.Add(late));
                    model.Add(late);
                }
                else if (kind == 2)
                {
                    buffer.Remove(model[choice % model.Count]);
                    model.RemoveAt(choice % model.Count);
                }
                else
                {
                    buffer.WaitFor(model[choice % model.Count], evidence1, evidence2);
                }

                for (ulong evidence = 1; evidence <= 5; evidence++)
                {
                    var found = new List<LateEvent>();
                    buffer.Collect(evidence, ++round, found);
                    Assert.Equal(model.Count(e => e.WaitsFor1 == evidence || e.WaitsFor2 == evidence), found.Count);
                }

                Assert.Equal((model.Count, model.Sum(e => e.Cost)), (buffer.Count, buffer.Bytes));
            }
        });
    }

    private LateEvent Add(
        ulong evidence1 = 1, ulong evidence2 = 0, long arrivedAt = 1, long eventTime = 1, bool held = false, int bytes = 100)
    {
        var late = Make(evidence1, evidence2, arrivedAt, eventTime, held, bytes);
        Assert.True(_buffer.Add(late));
        return late;
    }

    private static LateEvent Make(
        ulong evidence1 = 1, ulong evidence2 = 0, long arrivedAt = 1, long eventTime = 1, bool held = false, int bytes = 100) =>
        new(new byte[bytes])
        {
            WaitsFor1 = evidence1,
            WaitsFor2 = evidence2,
            ArrivedAt = arrivedAt,
            EventTime = eventTime,
            Batch = held ? new RecordBatch(new ConcurrentQueue<RecordBatch>(), () => { }) : null,
        };
}
