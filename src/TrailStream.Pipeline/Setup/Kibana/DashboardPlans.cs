using static TrailStream.Pipeline.Setup.Kibana.Fields;
using static TrailStream.Pipeline.Setup.Kibana.Query;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>The two dashboards: the overview, and the person that a link from an event opens.</summary>
internal static class DashboardPlans
{
    public const string PersonId = "trailstream-person";

    private static readonly Query RoleUse = Is(IdentityType, "AssumedRole");

    public static readonly DashboardPlan Overview = new(
        "trailstream-overview", "TrailStream overview", "Who is behind the roles, what nobody explains, and how the pipeline does.", "now-24h",
        [
            new("Role use", PanelKind.Number, 12) { Query = RoleUse },
            new("Traced to its origin", PanelKind.Number, 12) { Query = Is(Status, "attributed") },
            new("Nobody explains", PanelKind.Number, 12) { Query = Pivots.RoleUseWithoutOrigin },
            new("Under somebody else's name", PanelKind.Number, 12) { Query = Pivots.WrongSessionName },
            new("Role use by verdict", PanelKind.Shares, 24) { Query = RoleUse, SplitField = Status },
            new("Unexplained role use by reason", PanelKind.Bars, 24) { Query = Pivots.RoleUseWithoutOrigin, SplitField = Reason },
            new("People behind roles", PanelKind.Table, 24)
            {
                Query = All(Is(Status, "attributed"), Not(Is(OriginType, "AWSService"))),
                Breakdown = new([OriginArn], [Measure.Calls, Measure.Unique("roles", RoleArn), Measure.Unique("accounts", Account), Measure.LastCall]),
            },
            new("Chains across accounts", PanelKind.Table, 24)
            {
                Query = Is(CrossAccount, true), Breakdown = new([ChainPath], [Measure.Calls, Measure.FirstCall, Measure.LastCall]),
            },
            new("Sessions under somebody else's name", PanelKind.Table, 24)
            {
                Query = Pivots.WrongSessionName, Breakdown = new([OriginArn, SessionName], [Measure.Calls, Measure.LastCall]),
            },
            new("Roles that nobody explains", PanelKind.Table, 24)
            {
                Query = Pivots.RoleUseWithoutOrigin, Breakdown = new([RoleArn, Reason], [Measure.Calls, Measure.LastCall]),
            },
            new("Waiting for evidence", PanelKind.Number, 12) { Query = Is(Status, "pending") },
            new("Corrected after they were written", PanelKind.Number, 12) { Query = AtLeast(Revision, 2) },
            new("Before the first 36 hours were seen", PanelKind.Number, 12) { Query = Is(Coverage, "partial") },
            new("Conflicting grants", PanelKind.Number, 12) { Query = Is(Reason, "conflict") },
            new("Events by their own time", PanelKind.Bars, 24),
            new("Events by the time they were written", PanelKind.Bars, 24) { TimeField = Ingested },
        ]);

    public static readonly DashboardPlan Person = new(
        PersonId, "TrailStream: one person", "All sessions of the person in the query bar. Links on ARNs and keys lead here.", "now-7d",
        [
            new("Calls", PanelKind.Number, 12),
            new("Of them changes", PanelKind.Number, 12) { Query = Is(ReadOnly, false) },
            new("Of them denied", PanelKind.Number, 12) { Query = Pivots.Denied },
            new("Under somebody else's name", PanelKind.Number, 12) { Query = Pivots.WrongSessionName },
            new("Calls by role", PanelKind.Bars, 48) { SplitField = RoleArn },
            new("Sessions", PanelKind.Table, 48)
            {
                Query = Exists(SessionKey),
                Breakdown = new(
                    [SessionKey, SessionName, RoleArn], [Measure.Calls, Measure.Unique("addresses", SourceIp), Measure.FirstCall, Measure.LastCall]) { Rows = 100 },
            },
            new("What was called", PanelKind.Table, 24) { Breakdown = new([Account, Provider, EventAction], [Measure.Calls, Measure.LastCall]) { Rows = 50 } },
            new("From where", PanelKind.Table, 24) { Breakdown = new([SourceIp], [Measure.Calls, Measure.FirstCall, Measure.LastCall]) },
        ]);

    public static readonly IReadOnlyList<DashboardPlan> Both = [Overview, Person];
}
