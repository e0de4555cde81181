using System.Text;

namespace TrailStream.Cli;

/// <summary>Lines to copy from: columns as wide as they need, nothing wrapped or cut, the longest text last. For names that go into the next
/// command.</summary>
internal sealed class Listing(string title, params (string Name, bool Number)[] columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(cell => PlainText.Of(cell, 500))]);

    public void Write(TextWriter output)
    {
        var names = columns.Select(column => column.Name).ToArray();
        var widths = columns.Select((_, i) => _rows.Select(row => row[i].Length).Append(names[i].Length).Max()).ToArray();
        output.WriteLine();
        output.WriteLine(title);
        output.WriteLine();
        Write(names);
        output.WriteLine(new string('─', TextTable.WidthMax));
        foreach (var row in _rows)
        {
            Write(row);
        }

        void Write(string[] cells)
        {
            var line = new StringBuilder();
            for (var i = 0; i < cells.Length; i++)
            {
                line.Append("  ").Append(columns[i].Number ? cells[i].PadLeft(widths[i]) : cells[i].PadRight(widths[i]));
            }

            output.WriteLine(line.ToString().TrimEnd());
        }
    }
}
