using System.Text;
using CsCheck;
using TrailStream.Core.Sessions;
using Xunit;

namespace TrailStream.Core.Tests.Sessions;

public sealed class TextPoolTests
{
    [Fact]
    public void AnyReferences_KeepTheirText()
    {
        Gen.Select(Gen.Bool, Gen.Int[0, 40]).Array[0, 2000].Sample(operations =>
        {
            using var pool = new TextPool(seed: 3);
            var held = new List<(int Text, string Value)>();
            foreach (var (release, number) in operations)
            {
                if (release && held.Count > 0)
                {
                    var i = number % held.Count;
                    pool.Release(held[i].Text);
                    held.RemoveAt(i);
                    continue;
                }

                var value = new string((char)('a' + (number % 26)), 1 + (number * 37 % 300));
                held.Add((pool.Intern(Encoding.UTF8.GetBytes(value)), value));
            }

            Assert.All(held, text => Assert.Equal(text.Value, Encoding.UTF8.GetString(pool[text.Text])));
            Assert.All(held.GroupBy(text => text.Value), same => Assert.Single(same.Select(text => text.Text).Distinct()));
        }, iter: 200);
    }

    [Fact]
    public void FreedTexts_AreUsedAgain()
    {
        using var pool = new TextPool(seed: 3);
        var before = pool.Bytes;
        for (var i = 0; i < 200_000; i++)
        {
            pool.Release(pool.Intern(Encoding.UTF8.GetBytes($"session-{i:D12}")));
        }

        Assert.InRange(pool.Bytes, before, before + (2 << 20));
    }

    [Fact]
    public void TooLongText_IsNotKept()
    {
        using var pool = new TextPool(seed: 3);
        Assert.Equal(0, pool.Intern(new byte[TextPool.TextBytesMax + 1]));
        Assert.NotEqual(0, pool.Intern(new byte[TextPool.TextBytesMax]));
    }
}
