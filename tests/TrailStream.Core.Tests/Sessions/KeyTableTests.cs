using CsCheck;
using TrailStream.Core.Sessions;
using Xunit;

namespace TrailStream.Core.Tests.Sessions;

public sealed class KeyTableTests
{
    [Fact]
    public void AnyOperations_AgreeWithDictionary()
    {
        // Few distinct keys, so that sets, replacements and removals meet; enough of them that shards grow.
        var operation = Gen.Select(Gen.Int[0, 3], Gen.ULong[0, 3000], Gen.UShort[0, 2], Gen.Int[1, 1_000_000]);
        operation.Array[0, 4000].Sample(operations =>
        {
            using var table = new KeyTable(seed: 17);
            var model = new Dictionary<Key80, int>();
            foreach (var (kind, low, high, reference) in operations)
            {
                var key = new Key80(low, high);
                if (kind == 0)
                {
                    table.Remove(key);
                    model.Remove(key);
                }
                else
                {
                    table.Set(key, reference);
                    model[key] = reference;
                }
            }

            Assert.Equal(model.Count, table.Count);
            for (ulong low = 0; low <= 3000; low++)
            {
                for (ushort high = 0; high <= 2; high++)
                {
                    var key = new Key80(low, high);
                    Assert.Equal(model.GetValueOrDefault(key), table.Find(key));
                }
            }
        }, iter: 60);
    }

    [Fact]
    public void MillionKeys_TakeAbout24BytesEach()
    {
        using var table = new KeyTable(seed: 1);
        for (ulong i = 1; i <= 1_000_000; i++)
        {
            table.Set(new Key80(i * 0x9E3779B97F4A7C15, (ushort)i), (int)i);
        }

        Assert.InRange(table.Bytes / (double)table.Count, 16, 44);
    }
}
