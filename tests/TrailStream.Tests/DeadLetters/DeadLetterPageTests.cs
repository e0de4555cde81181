using System.Text;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Tests.Tidy;
using Xunit;

namespace TrailStream.Tests.DeadLetters;

public sealed class DeadLetterPageTests
{
    [Fact]
    public void Page_IsMadeFromTheReasons() => GeneratedPage.Check("docs/dead-letters.md", Page());

    private static string Page()
    {
        var page = new StringBuilder(
            """
            # Dead letters

            Made from the reasons that the program knows; `trailstream dlq show` says the same of a single letter. [operations.md](operations.md) says how to work with them.

            A record that cannot be decoded, or a document that a destination refuses for good, becomes a dead letter; its record settles when that is acknowledged, and not
            before. Trouble that may pass (no connection, 429, 5xx) and trouble of authorisation never make one: they are retried for as long as they last. The list of reasons is
            closed, and no reason is ever renamed.

            | reason | what it means | what to do |
            | --- | --- | --- |

            """);
        foreach (var reason in DeadLetterCodes.ReasonNames)
        {
            var doc = DeadLetterCodes.DocOf(reason)!;
            page.Append("| `").Append(reason).Append("` | ").Append(doc.Meaning).Append(" | ").Append(doc.Advice).Append(" |\n");
        }

        page.Append(
            """

            ## What a dead letter holds
            In Kafka (`dead_letters.topic`): the record's original bytes as value, `topic|partition|offset|number` as key (the number of the event in the record, `-` for a record as a
            whole), the rest as headers `ts-dlq-…`. In a file (`dead_letters.path`, `enrich --dead-letters`): one JSON object a line, the same names with `_`, the bytes as base64 in
            `payload`. A record of several bad pieces is one dead letter; its good events are written.

            | name | what |
            | --- | --- |
            | `schema` | `1` |
            | `reason`, `stage` | one of the reasons above; `fetch`, `decode` or `write` |
            | `detail` | more about it, at most 1 KB, control characters escaped: it may quote what an attacker wrote |
            | `topic`, `partition`, `offset`, `record-index` | where the record stood when it was first read, also after replays; partition -1 for files |
            | `event-id`, `sink`, `es-status`, `es-index`, `attempts` | of a refused document: the event, who refused it, with what answer, meant for which index, after how many tries |
            | `first-seen`, `app-version` | when and by which version it was made |
            | `replay-count` | how often the record had been sent again by then |
            | `truncated`, `sha256` | `true` and the hash of the whole record where the broker took only its beginning (512 KB, or less); a replay takes the rest from the input |
            | `replayed-to`, `replayed-at` | in an entry without payload: the letter of this key was sent again |

            The bytes are kept as they came, secrets included (`dlq show` hides them, `--raw` does not): protect the topic or file as well as the input. Records' own Kafka
            timestamps are not kept: the stream does not read them, which halves what a record costs there.

            """);
        return page.Replace("\r\n", "\n").ToString().TrimEnd() + "\n";
    }
}
