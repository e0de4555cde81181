using System.Text;
using TrailStream.Core.Attribution;

namespace TrailStream.Core.Generation;

/// <summary>Somebody who acts: a principal or one session of a role, with the truth about it.</summary>
internal sealed record Actor
{
    /// <summary>The object of userIdentity.</summary>
    public required byte[] Identity { get; init; }

    public required string Account { get; init; }

    public required string SourceIp { get; init; }

    public required string UserAgent { get; init; }

    public required TrailStory Story { get; init; }

    public required TrailTruth Truth { get; init; }

    /// <summary>When the session was issued, Unix seconds; 0 for a principal.</summary>
    public long IssuedAt { get; init; }

    public string? RoleArn { get; init; }

    /// <summary>How the other account's record of a call names this caller.</summary>
    public string PrincipalId { get; init; } = "";

    /// <summary>Role and session name, for further identities of the same session.</summary>
    public string Role { get; init; } = "";

    public string Session { get; init; } = "";

    public static TrailTruth Direct(OriginType type, string? name, string? arn, string? id) =>
        new() { Status = AttributionStatus.Direct, OriginType = type, OriginName = name, OriginArn = arn, OriginId = id };

    /// <summary>The truth about a session of which nothing can be proven.</summary>
    public static TrailTruth Unknown(AttributionReason reason) => new() { Status = AttributionStatus.Unattributed, Reason = reason };

    /// <summary>The truth about a session that this caller was granted; <paramref name="delivered"/>: its grant is in the feed.</summary>
    public TrailTruth OfSession(string grantEventId, bool delivered)
    {
        var truth = new TrailTruth();
        truth.CopyFrom(Truth);
        truth.Depth = Truth.Depth + 1;
        truth.GrantEventIds.Add(grantEventId);
        truth.Status = !delivered ? AttributionStatus.Unattributed
            : Truth.Status is AttributionStatus.Unattributed or AttributionStatus.Partial ? AttributionStatus.Partial
            : AttributionStatus.Attributed;
        if (truth.Status != AttributionStatus.Attributed)
        {
            (truth.OriginType, truth.OriginName, truth.OriginArn, truth.OriginId) = (OriginType.Unknown, null, null, null);
        }

        return truth;
    }

    public static byte[] UserIdentity(string name, string account, string key, string more = "") => Bytes(
        "{\"type\":\"IAMUser\",\"principalId\":\"" + Organisation.PrincipalId("AIDA", name, account) + "\",\"arn\":\"arn:aws:iam::" + account
        + ":user/" + name + "\",\"accountId\":\"" + account + "\",\"accessKeyId\":\"" + key + "\",\"userName\":\"" + name + "\"" + more + "}");

    public static byte[] RoleIdentity(string role, string session, string account, string? key, string created, string more = "", string path = "/", string context = "") => Bytes(
        "{\"type\":\"AssumedRole\",\"principalId\":\"" + Organisation.PrincipalId("AROA", role, account) + ":" + session
        + "\",\"arn\":\"arn:aws:sts::" + account + ":assumed-role/" + role + "/" + session + "\",\"accountId\":\"" + account + "\","
        + (key is null ? "" : "\"accessKeyId\":\"" + key + "\",")
        + "\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\",\"principalId\":\"" + Organisation.PrincipalId("AROA", role, account)
        + "\",\"arn\":\"arn:aws:iam::" + account + ":role" + path + role + "\",\"accountId\":\"" + account + "\",\"userName\":\"" + role
        + "\"},\"attributes\":{\"creationDate\":\"" + created + "\",\"mfaAuthenticated\":\"false\"}" + context + "}" + more + "}");

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
