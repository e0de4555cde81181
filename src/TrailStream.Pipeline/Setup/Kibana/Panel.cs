namespace TrailStream.Pipeline.Setup.Kibana;

internal enum PanelKind
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>Bars over time, split by a field, as shares of a whole.</summary>
    Shares,

    /// <summary>Bars over time, counts.</summary>
    Bars,

    /// <summary>A table of groups.</summary>
    Table,
}

/// <summary>A panel of a dashboard.</summary>
/// <param name="Title">Heading.</param>
/// <param name="Kind">How it looks.</param>
/// <param name="Width">Of 48.</param>
internal sealed record Panel(string Title, PanelKind Kind, int Width)
{
    public int Height => Kind == PanelKind.Number ? 5 : 14;

    /// <summary>Narrows the dashboard's own query; null takes all.</summary>
    public Query? Query { get; init; }

    /// <summary>Groups and numbers of a table.</summary>
    public Breakdown? Breakdown { get; init; }

    /// <summary>Splits bars.</summary>
    public string? SplitField { get; init; }

    /// <summary>Date that bars stand on.</summary>
    public string TimeField { get; init; } = Kibana.Fields.Time;

    public IEnumerable<string> Fields => (Query?.Fields ?? []).Concat(Breakdown?.Fields ?? [])
        .Concat(Kind is PanelKind.Bars or PanelKind.Shares ? [TimeField] : []).Concat(SplitField is null ? [] : [SplitField]);
}

/// <summary>A dashboard; its panels flow from left to right.</summary>
/// <param name="Id">Saved object's id.</param>
/// <param name="Title">Title.</param>
/// <param name="Description">What it is for.</param>
/// <param name="From">Start of its time range.</param>
/// <param name="Panels">In order.</param>
internal sealed record DashboardPlan(string Id, string Title, string Description, string From, Panel[] Panels)
{
    public const int Columns = 48;

    /// <summary>Each panel with its place on the grid.</summary>
    public IEnumerable<(Panel Panel, int X, int Y)> Placed()
    {
        var (x, y, rowHeight) = (0, 0, 0);
        foreach (var panel in Panels)
        {
            if (x + panel.Width > Columns)
            {
                (x, y, rowHeight) = (0, y + rowHeight, 0);
            }

            yield return (panel, x, y);
            x += panel.Width;
            rowHeight = Math.Max(rowHeight, panel.Height);
        }
    }
}
