namespace TrailStream.Core.Documents;

/// <summary>Who is <c>user.*</c> in an ECS document of a role session.</summary>
public enum IdentityMapping : byte
{
    /// <summary>As Elastic's integration has it: the role's name and the session's principal id. Rules and saved searches go on working.</summary>
    Compat = 0,

    /// <summary>As ECS reads: the origin, where it is known; the role is <c>user.effective</c>. Rules that look for an instance's id in
    /// <c>user.id</c> go silent.</summary>
    Ecs,
}

/// <summary>Choices about ECS documents.</summary>
/// <param name="Retain">Which copies of the free-form members a document holds.</param>
/// <param name="Identity">Who is <c>user.*</c>.</param>
/// <param name="EventOriginal">Adds the whole record as text, <c>event.original</c>: about a kilobyte more an event.</param>
public sealed record DocumentOptions(
    RetainedCopies Retain = RetainedCopies.All, IdentityMapping Identity = IdentityMapping.Compat, bool EventOriginal = false)
{
    public static DocumentOptions Default { get; } = new();
}
