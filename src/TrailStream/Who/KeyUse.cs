namespace TrailStream.Who;

/// <summary>How a key was used.</summary>
/// <param name="First">Its first event.</param>
/// <param name="Last">Its last event.</param>
/// <param name="Events">How many there were.</param>
/// <param name="SourceIps">Where from, at most 20.</param>
internal sealed record KeyUse(DateTimeOffset First, DateTimeOffset Last, long Events, IReadOnlyList<string> SourceIps);
