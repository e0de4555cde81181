using System.Text;
using Microsoft.Data.Sqlite;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Sqlite;
using TrailStream.Pipeline.Tests.Files;
using TrailStream.Pipeline.Tests.Sinks;
using Xunit;

namespace TrailStream.Pipeline.Tests.Sqlite;

public sealed class SqliteSinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Store => Path.Combine(_folder.Path, "trail.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task BetterEvidenceReplaces_WorseDoesNot_EqualDoes()
    {
        await using var sink = await OpenAsync();
        Assert.Equal(new WriteReport(1, 0, 0, 0, 0), await WriteAsync(sink, ("e1", Document("pending", null), 10)));
        Assert.Equal(new WriteReport(1, 0, 0, 0, 0), await WriteAsync(sink, ("e1", Document("attributed", "alice"), 40)));
        Assert.Equal(new WriteReport(0, 0, 1, 0, 0), await WriteAsync(sink, ("e1", Document("unattributed", null), 20)));
        using var reader = SqliteReader.Open(Store);
        Assert.Equal("alice", reader.EventById("e1")!.OriginName);
        await WriteAsync(sink, ("e1", Document("attributed", "alicia"), 40));
        Assert.Equal("alicia", reader.EventById("e1")!.OriginName);
        Assert.Equal([("attributed", 1L)], reader.CountByStatus());
    }

    [Fact]
    public async Task Document_ComesBackByteByByte()
    {
        var document = Document("attributed", "Zoë \\ud800 \\u0000 😀");
        await using var sink = await OpenAsync();
        await WriteAsync(sink, ("e1", document, 40));
        using var reader = SqliteReader.Open(Store);
        Assert.Equal(document, Encoding.UTF8.GetString(reader.EventById("e1")!.Document));
        Assert.Null(reader.EventById("e2"));
    }

    /// <summary>The JSON parser throws where it would have to unescape such a name.</summary>
    [Fact]
    public async Task NameWithHalfASurrogatePair_HidesNoOtherMember()
    {
        const string Bad = """ "\ud800abcdefghijk":1,"eventNam\ud800":2,"t\ud800abcdefghij":3""";
        await using var sink = await OpenAsync();
        await WriteAsync(sink, ("e1", $$"""{ {{Bad}},"eventName":"X","trailstream":{ {{Bad}},"attribution":{"status":"direct","origin":{ {{Bad}},"name":"alice"} } } }""", 40));
        using var reader = SqliteReader.Open(Store);
        Assert.Equal("alice", reader.EventById("e1")!.OriginName);
    }

    [Fact]
    public async Task Reopened_KeepsWhatWasThere()
    {
        await using (var first = await OpenAsync())
        {
            await WriteAsync(first, ("e1", Document("direct", "alice"), 40));
        }

        await using var second = await OpenAsync();
        await WriteAsync(second, ("e2", Document("direct", "bob"), 40));
        using var reader = SqliteReader.Open(Store);
        Assert.Equal(2, reader.CountByStatus().Single().Events);
    }

    [Fact]
    public async Task KeyUse_HasItsTimesAndPlaces()
    {
        await using var sink = await OpenAsync();
        await WriteAsync(sink, ("e1", Document("attributed", "alice"), 40), ("e2", Document("attributed", "alice"), 40));
        using var reader = SqliteReader.Open(Store);
        var use = reader.UseOfKey("ASIAQWERTYUIOPASDFGH")!.Value;
        Assert.Equal((2, "198.51.100.7"), (use.Events, Assert.Single(use.SourceIps)));
        Assert.Null(reader.UseOfKey("ASIAUNKNOWN"));
    }

    [Fact]
    public async Task StoreOfAnotherVersion_IsRefused_NotChanged()
    {
        using (var connection = new SqliteConnection($"Data Source={Store};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version=99";
            command.ExecuteNonQuery();
        }

        await using var sink = new SqliteSink(Store);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => sink.PrepareAsync(TestContext.Current.CancellationToken));
        Assert.Contains("another version", refused.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => SqliteReader.Open(Store));
    }

    [Fact]
    public void NoStore_IsSaid()
    {
        Assert.Throws<FileNotFoundException>(() => SqliteReader.Open(Store));
        File.WriteAllText(Store, "this is no database, whatever its name says, and long enough to be sure");
        Assert.Throws<InvalidDataException>(() => SqliteReader.Open(Store));
    }

    private async Task<SqliteSink> OpenAsync()
    {
        var sink = new SqliteSink(Store);
        await sink.PrepareAsync(TestContext.Current.CancellationToken);
        return sink;
    }

    private static Task<WriteReport> WriteAsync(SqliteSink sink, params (string, string, byte)[] documents) =>
        sink.WriteAsync([TestBatch.Of(documents)], TestContext.Current.CancellationToken);

    private static string Document(string status, string? origin)
    {
        const string Identity = """{"type":"AssumedRole","accessKeyId":"ASIAQWERTYUIOPASDFGH"}""";
        var name = origin is null ? "" : $$""","origin":{"type":"IAMUser","name":"{{origin}}"}""";
        return $"{{\"userIdentity\":{Identity},\"eventName\":\"ListBuckets\",\"sourceIPAddress\":\"198.51.100.7\","
            + $"\"trailstream\":{{\"attribution\":{{\"status\":\"{status}\",\"reason\":\"none\"{name}}}}}}}";
    }
}
