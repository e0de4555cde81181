using Spectre.Console;

namespace TrailStream.Cli;

/// <summary>Tables that fit 100 columns, plain where the output is no terminal.</summary>
internal sealed class TextTable
{
    public const int WidthMax = 100;

    private readonly Table _table = new Table().Border(TableBorder.Simple).Expand();

    public TextTable(string title, params (string Name, bool Number)[] columns)
    {
        Title = title;
        foreach (var (name, number) in columns)
        {
            var column = new TableColumn(new Text(name, new Style(decoration: Decoration.Bold)));
            _table.AddColumn(number ? column.RightAligned().NoWrap() : column);
        }
    }

    public string Title { get; }

    public int Rows => _table.Rows.Count;

    public void Add(params string?[] cells) => _table.AddRow([.. cells.Select(cell => new Text(PlainText.Of(cell)))]);

    public void Write(IAnsiConsole console)
    {
        console.Write(new Text("\n" + Title + "\n", new Style(decoration: Decoration.Bold)));
        console.Write(_table);
    }

    public static IAnsiConsole Console(TextWriter output, bool color)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = color ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = WidthMax;
        return console;
    }
}
