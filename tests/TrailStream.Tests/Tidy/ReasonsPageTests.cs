using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using TrailStream.Core.Attribution;
using Xunit;

namespace TrailStream.Tests.Tidy;

/// <summary>The page of reasons is made from the docs of the enum's members, so that the two cannot say different things.</summary>
public sealed partial class ReasonsPageTests
{
    [Fact]
    public void Page_IsMadeFromTheEnumsDocs() => GeneratedPage.Check("docs/reasons.md", Page());

    private static string Page()
    {
        var page = new StringBuilder(
            """
            # Reasons

            Made from the docs of `AttributionReason`. Each document says in `trailstream.attribution.reason` why its attribution is what it is.
            The list is closed and no code is ever renamed.

            `"final": false` on a document means that evidence which may still come could change it: a correction raises `revision` and never lowers the rank.

            | reason | what it means | how common | what to do next |
            | --- | --- | --- | --- |

            """);
        var docs = XDocument.Load(Path.ChangeExtension(typeof(AttributionReason).Assembly.Location, ".xml"));
        foreach (var reason in Enum.GetValues<AttributionReason>().Where(reason => reason != AttributionReason.None))
        {
            var name = $"F:{typeof(AttributionReason).FullName}.{reason}";
            var member = docs.Descendants("member").Single(m => (string?)m.Attribute("name") == name);
            string[] cells = [Text(member.Element("summary")), .. member.Element("remarks")!.Elements("para").Select(Text)];
            Assert.Equal(3, cells.Length);
            Assert.All(cells, cell => Assert.NotEmpty(cell));
            page.Append("| `").Append(Codes.NameOf(reason)).Append("` | ").AppendJoin(" | ", cells).Append(" |\n");
        }

        return page.Replace("\r\n", "\n").ToString();
    }

    private static string Text(XElement? element) => Spaces().Replace(element!.Value, " ").Trim();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
