using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using TrailStream.Core.Documents;
using TrailStream.Testing.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

/// <summary>The writer against the definition, both ways: nothing is written that is not defined, and everything defined is written by some record.</summary>
public sealed class WrittenFieldsTests
{
    /// <summary>DESIGN §6, all of it: what the attribution's JSON can hold.</summary>
    private const string FullAttribution =
        """
        {"schema":"1","attribution":{"status":"s","method":"m","confidence":"c","reason":"r","depth":1,"path":"p","roles":["r"],"accounts":["a"],"cross_account":true,
        "session_name_matches_origin":true,"via_service":"v","coverage":"partial","final":true,"revision":1,"resolved_at":"2026-11-23T10:15:32Z",
        "origin":{"type":"t","name":"n","arn":"a","id":"i","account_id":"a","access_key_id":"k","source_identity":"s","provider":"p","mfa":true,
        "workload":{"type":"t","id":"i","name":"n","namespace":"n","cluster":"c"}},
        "chain":[{"hop":1,"action":"a","event_id":"e","time":"2026-11-23T10:15:32Z","expires_at":"2026-11-23T10:15:32Z","from_arn":"f","from_key":"k","role_arn":"r",
        "role_name":"n","account_id":"a","session_name":"s","source_identity":"i","issued_key":"k","source_ip":"1.2.3.4"}],
        "session":{"access_key_id":"k","name":"n","issued_at":"2026-11-23T10:15:32Z","expires_at":"2026-11-23T10:15:32Z","source_identity":"s"},
        "evidence":{"event_ids":["e"],"truncated":false}}}
        """;

    private static readonly Dictionary<string, DocumentField> Defined = DocumentFields.All.ToDictionary(field => field.Name, StringComparer.Ordinal);

    [Fact]
    public void WriterAndDefinition_KnowTheSameFields()
    {
        var written = new SortedSet<string>(StringComparer.Ordinal);
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        var writer = new DocumentWriter(DocumentForm.Ecs, new DocumentOptions(EventOriginal: true));
        var output = new ByteBuffer();
        var attribution = FullAttribution.Replace("\n", "", StringComparison.Ordinal);
        foreach (var text in FieldMapRecords.All.Concat(HostileRecords.All()))
        {
            output.Clear();
            var record = Encoding.UTF8.GetBytes(text.Replace("\n", "", StringComparison.Ordinal));
            TestDocuments.Write(writer, record, attribution, [(AttributionTermKind.OriginAccountId, "partial"), (AttributionTermKind.RoleName, "true")], output);
            Collect(output.Written.ToArray(), written, wrong);
        }

        Assert.Empty(wrong);
        Assert.Equal(Defined.Values.Where(field => field.Writer == FieldWriter.Document).Select(field => field.Name).Order(StringComparer.Ordinal), written);
    }

    [Fact]
    public void RealRecords_WriteOnlyWhatIsDefined()
    {
        using var mill = new DocumentMill(DocumentOptions.Default);

        // The engine tests take them all; comparing leaf by leaf is slow.
        Check(mill.Documents(DataSet.RecordsOrSkip().Where((_, number) => number % 9 == 0)));
    }

    [Theory]
    [InlineData(IdentityMapping.Compat)]
    [InlineData(IdentityMapping.Ecs)]
    public void GeneratedRecords_WriteOnlyWhatIsDefined(IdentityMapping identity)
    {
        using var mill = new DocumentMill(new DocumentOptions(Identity: identity, EventOriginal: true));
        Check(mill.Documents(DocumentMill.Generate(7, 1_000)));
    }

    private static void Check(IEnumerable<MilledDocument> documents)
    {
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var document in documents)
        {
            Collect(document.Document, [], wrong);
            missing.AddRange(LeafCheck.Missing(document.Record, document.Document));
        }

        Assert.Empty(wrong);
        Assert.True(missing.Count == 0, string.Join("\n", missing.Take(20)));
    }

    private static void Collect(byte[] document, SortedSet<string> written, SortedSet<string> wrong)
    {
        using var parsed = JsonDocument.Parse(document, new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false });
        Walk(parsed.RootElement, "", written, wrong);
    }

    private static void Walk(JsonElement value, string path, SortedSet<string> written, SortedSet<string> wrong)
    {
        if (Defined.TryGetValue(path, out var field))
        {
            written.Add(path);
            CheckType(value, field, wrong);
            return;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    Walk(member.Value, path.Length == 0 ? member.Name : path + "." + member.Name, written, wrong);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Walk(item, path, written, wrong);
                }

                break;
            default:
                wrong.Add(path + " is not defined");
                break;
        }
    }

    private static void CheckType(JsonElement value, DocumentField field, SortedSet<string> wrong)
    {
        if (value.ValueKind == JsonValueKind.Array && field.Type != FieldType.Flattened)
        {
            foreach (var item in value.EnumerateArray())
            {
                CheckType(item, field, wrong);
            }

            return;
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : null;
        var fits = field.Type switch
        {
            FieldType.Keyword => text is not null && Encoding.UTF8.GetByteCount(text) <= 8191,
            FieldType.Wildcard => text is not null && Encoding.UTF8.GetByteCount(text) <= FreeForm.MaxJavaBytes,
            FieldType.Stored => text is not null,
            FieldType.Date => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
            FieldType.Ip => IPAddress.TryParse(text, out _),
            FieldType.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            FieldType.Integer => value.TryGetInt32(out _),
            FieldType.Flattened => value.ValueKind == JsonValueKind.Object,
            _ => false,
        };
        if (!fits)
        {
            wrong.Add($"{field.Name} is no {field.Type}");
        }
    }
}
