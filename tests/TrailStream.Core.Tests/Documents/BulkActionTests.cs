using System.Text;
using TrailStream.Core.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

public sealed class BulkActionTests
{
    /// <summary>2026-11-23T10:15:32Z.</summary>
    private const long Now = 1_795_428_932;

    private const long Day = 86_400;

    [Theory]
    [InlineData(Now, "2026.11.23", true)]
    [InlineData(Now - (90 * Day), "2026.08.25", true)]
    [InlineData(Now - (90 * Day) - 1, "outofrange", false)]
    [InlineData(Now + Day, "2026.11.24", true)]
    [InlineData(Now + Day + 1, "outofrange", false)]
    [InlineData(long.MinValue / 4, "outofrange", false)]
    [InlineData(long.MaxValue, "outofrange", false)]
    public void Action_NamesTheDaysIndex(long eventTime, string day, bool inRange)
    {
        var output = new ByteBuffer(8);
        Assert.Equal(inRange, BulkAction.Write(eventTime, Now, "e-1"u8, 40, output));
        Assert.Equal(
            "{\"index\":{\"_index\":\"trailstream-cloudtrail-" + day + "\",\"_id\":\"e-1\",\"version\":40,\"version_type\":\"external_gte\"}}\n",
            Encoding.UTF8.GetString(output.Written));
    }

    [Theory]
    [InlineData("""{"eventID":"2f1b8c1e-0000-4000-8000-000000000001"}""", "2f1b8c1e-0000-4000-8000-000000000001")]
    [InlineData("""{"eventID":"a\"b"}""", null)]
    [InlineData("""{"eventID":"_x"}""", null)]
    [InlineData("""{"eventID":"a b"}""", null)]
    [InlineData("""{"eventID":5}""", null)]
    [InlineData("{}", null)]
    public void Id_IsTheEventsOrAHashOfItsPlace(string record, string? id)
    {
        var first = Id(record, 7);
        Assert.Equal(first, Id(record, 7));
        if (id is not null)
        {
            Assert.Equal(id, first);
            return;
        }

        Assert.Matches("^[0-9a-f]{32}$", first);
        Assert.NotEqual(first, Id(record, 8));
    }

    [Fact]
    public void LongId_IsReplaced() => Assert.Equal(32, Id("{\"eventID\":\"" + new string('a', 513) + "\"}", 1).Length);

    private static string Id(string record, long offset)
    {
        var bytes = Encoding.UTF8.GetBytes(record);
        var own = DocumentId.Own(bytes, TestFields.Find(bytes));
        return Encoding.UTF8.GetString(own.IsEmpty ? DocumentId.OfPlace("cloudtrail", 3, offset, 0) : own);
    }
}
