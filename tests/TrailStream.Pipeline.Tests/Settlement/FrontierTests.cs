using CsCheck;
using TrailStream.Pipeline.Settlement;
using Xunit;

namespace TrailStream.Pipeline.Tests.Settlement;

public sealed class FrontierTests
{
    [Fact]
    public void SecondSettledBeforeFirst_PositionWaitsForFirst()
    {
        var frontier = new Frontier(0);
        var first = frontier.Add(lastOffset: 9, records: 10, bytes: 100, addedAt: 1);
        var second = frontier.Add(lastOffset: 30, records: 5, bytes: 50, addedAt: 2);

        Assert.False(frontier.Complete(second));
        Assert.Equal(0, frontier.Position);
        Assert.Equal((15, 150L, 1L), (frontier.SpanRecords, frontier.SpanBytes, frontier.OldestAt));

        Assert.True(frontier.Complete(first));
        Assert.Equal(31, frontier.Position);
        Assert.Equal((0, 0L, true), (frontier.SpanRecords, frontier.SpanBytes, frontier.IsEmpty));
    }

    [Fact]
    public void SettledTwice_IsABug()
    {
        var frontier = new Frontier(0);
        frontier.Add(0, 1, 1, 1);
        var second = frontier.Add(1, 1, 1, 1);
        frontier.Complete(second);
        Assert.Throws<InvalidOperationException>(() => frontier.Complete(second));
    }

    [Fact]
    public void AnyOrderOfSettling_PositionIsTheContiguousPrefixAndNeverGoesBack()
    {
        // Batches with gaps between their offsets, settled in any order while others are still being added.
        var runs = Gen.Select(Gen.Int[1, 9].Array[1, 300], Gen.Int[0, int.MaxValue].Array[300]);
        runs.Sample((gaps, choices) =>
        {
            var frontier = new Frontier(0);
            var ends = new List<long>();
            var open = new List<long>();
            var settled = new HashSet<long>();
            long offset = 0;
            long last = -1;
            for (var i = 0; i < gaps.Length || open.Count > 0; i++)
            {
                if (i < gaps.Length)
                {
                    offset += gaps[i];
                    ends.Add(offset);
                    open.Add(frontier.Add(offset, 1, 1, i));
                }

                if (i >= gaps.Length || choices[i % 300] % 3 > 0)
                {
                    var chosen = choices[(i * 7) % 300] % open.Count;
                    frontier.Complete(open[chosen]);
                    settled.Add(open[chosen]);
                    open.RemoveAt(chosen);
                }

                var prefix = 0;
                while (settled.Contains(prefix))
                {
                    prefix++;
                }

                Assert.Equal(prefix == 0 ? 0 : ends[prefix - 1] + 1, frontier.Position);
                Assert.True(frontier.Position >= last);
                Assert.Equal(ends.Count - prefix, frontier.SpanRecords);
                last = frontier.Position;
            }

            Assert.True(frontier.IsEmpty);
        });
    }
}
