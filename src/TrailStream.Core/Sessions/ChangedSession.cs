namespace TrailStream.Core.Sessions;

/// <summary>A session of which something new is known.</summary>
/// <param name="AccessKey">Its issued key; empty for one that only a claim names.</param>
/// <param name="Arn">Its assumed-role ARN; empty where it has none.</param>
/// <param name="IssuedAt">When it began, Unix seconds of event time.</param>
/// <param name="Until">Until when it can have been used, slack included.</param>
/// <param name="IsNew">True when the evidence is this session's own grant and was the first of it.</param>
/// <param name="MayContradict">True when documents that its key has proven may name the wrong origin now: a second caller for the key, here or above, a
/// statement about whom it belongs to. (A second session of that name and second contradicts only what was found by time.)</param>
/// <param name="Concerns">Which of the documents that bear its key.</param>
public sealed record ChangedSession(
    string AccessKey, string Arn, long IssuedAt, long Until, bool IsNew, bool MayContradict, ConcernedUses Concerns)
    : IndexChange(IssuedAt, Until);
