namespace TrailStream.Core.Sessions;

/// <summary>A principal id of which the name is known now: documents of another account's events may hold the bare id.</summary>
/// <param name="Id"><c>AIDA…</c></param>
/// <param name="From">The beginning of the window around the event that told the name.</param>
/// <param name="Until">Its end.</param>
public sealed record NamedPrincipal(string Id, long From, long Until) : IndexChange(From, Until);
