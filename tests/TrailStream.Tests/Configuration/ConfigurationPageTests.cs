using System.Text;
using TrailStream.Configuration;
using TrailStream.Tests.Tidy;
using Xunit;

namespace TrailStream.Tests.Configuration;

public sealed class ConfigurationPageTests
{
    [Fact]
    public void Page_IsMadeFromTheKeys() => GeneratedPage.Check("docs/configuration.md", Page());

    private static string Page()
    {
        var page = new StringBuilder(
            """
            # Configuration

            Made from the keys that the program knows; `trailstream config show` prints the same with the values that hold now.

            A value is taken from the YAML file (`-c FILE`), then from the environment, then from `--set key=value`; the later wins. Dots in a key are levels
            in the file. `trailstream config validate` prints all mistakes at once and exits with 78.

            ```yaml
            kafka:
              brokers: kafka-1:9092,kafka-2:9092
              topic: cloudtrail
            elasticsearch:
              urls: https://es-1:9200
              api_key_file: /run/secrets/es-api-key
            ```

            At least one destination has to be set: `elasticsearch.urls`, `output_topic.name`, `sqlite.path` or `ndjson.path`. Keys below `kafka.client.` go to
            librdkafka as they stand, but for those that settlement depends on.


            """);
        foreach (var group in ConfigKeys.All.GroupBy(key => key.Name.Split('.')[0]))
        {
            page.Append("## ").Append(group.Key).Append("\n\n| key | default | what it does | allowed | environment |\n| --- | --- | --- | --- | --- |\n");
            foreach (var key in group)
            {
                page.Append("| `").Append(key.Name).Append("` | ").Append(key.Default is null ? "" : $"`{key.Default}`").Append(" | ").Append(key.Description)
                    .Append(" | ").Append(key.Allowed).Append(" | `").Append(key.EnvironmentVariable).Append("` |\n");
            }

            page.Append('\n');
        }

        return page.Replace("\r\n", "\n").ToString().TrimEnd() + "\n";
    }
}
