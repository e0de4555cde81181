using System.Text;
using System.Text.Json;
using TrailStream.Core.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

public sealed class HostileRecordsTests
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    [Fact]
    public void EveryOne_BecomesAValidDocumentWithoutDuplicates()
    {
        foreach (var record in HostileRecords.All())
        {
            var text = TestDocuments.Write(DocumentForm.Ecs, record.Replace("\n", "", StringComparison.Ordinal));
            Assert.DoesNotContain('\n', text);
            using var document = JsonDocument.Parse(text, Strict);
            CheckTerms(document.RootElement);
        }
    }

    private static void CheckTerms(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                Assert.True(Encoding.UTF8.GetByteCount(element.GetString()!) <= FreeForm.MaxJavaBytes);
                break;
            case JsonValueKind.Array:
                Assert.All(element.EnumerateArray(), CheckTerms);
                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    Assert.NotEqual("", member.Name);
                    Assert.DoesNotContain('\0', member.Name);
                    Assert.True(Encoding.UTF8.GetByteCount(member.Name) <= FreeForm.MaxKeyBytes);
                    CheckTerms(member.Value);
                }

                break;
        }
    }
}
