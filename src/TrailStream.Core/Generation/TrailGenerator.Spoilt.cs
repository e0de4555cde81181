using System.Text;
using TrailStream.Core.Attribution;

namespace TrailStream.Core.Generation;

/// <content>Records that are spoilt, forged, or about nobody.</content>
public sealed partial class TrailGenerator
{
    /// <summary>The same session, seen by somebody who knows nothing of it but what <paramref name="truth"/> says.</summary>
    private static Actor As(Actor session, TrailTruth truth, byte[]? identity = null) =>
        session with { Truth = truth, Identity = identity ?? session.Identity };

    /// <summary>No grant of an account is in the feed: what it did is unknown but for the roles that only a service can take, and what was assumed from
    /// there hangs in the air.</summary>
    private void TellLostAccount()
    {
        var time = Now;
        var (session, _) = Grant(PlanOf(Person(_random.Of(Organisation.People), TrailStory.LostAccount), "admin", time, TrailStory.LostAccount) with { Lost = true });
        session.Truth.Reason = AttributionReason.NoGrant;
        ActOften(session, time, 3, 4);
        var (below, _) = Grant(PlanOf(session, "deploy", time + 15, TrailStory.LostAccount, Organisation.ProductionAccount));
        below.Truth.Reason = AttributionReason.GrantOfCallerMissing;
        ActOften(below, time + 15, 2, 4);
        var (service, role) = _random.Of(Organisation.LinkedServices);
        var identity = Actor.RoleIdentity(
            role, "linked-" + _number, Organisation.StagingAccount, _forge.NextKey(Organisation.StagingAccount), Iso(time), path: "/aws-service-role/" + service + "/");
        var known = new TrailTruth
        {
            Status = AttributionStatus.Attributed,
            OriginType = OriginType.AWSService,
            OriginName = service,
            Reason = AttributionReason.ServiceLinkedRole,
        };
        ActOften(As(session, known, identity), time, 2, 6);
    }

    /// <summary>Data that has been made anonymous: the key of one real grant stands in other roles' events too.</summary>
    private void TellReusedKey()
    {
        var time = Now;
        var key = "ASIAIOSFODNN7" + (_number % 10_000_000).ToString("D7", System.Globalization.CultureInfo.InvariantCulture);
        var (session, _) = Grant(PlanOf(Person(_random.Of(Organisation.People), TrailStory.ReusedKey), "engineer", time, TrailStory.ReusedKey) with { Key = key });
        ActOften(session, time, 2, 3);
        foreach (var role in (ReadOnlySpan<string>)["admin", "billing"])
        {
            var identity = Actor.RoleIdentity(role, "other-" + _number, Organisation.ToolsAccount, key, Iso(time));
            ActOften(As(session, Actor.Unknown(AttributionReason.RoleMismatch), identity), time, 1, 5);
        }

        // A replay of another year: the role and the name are right, the time is not.
        var replayed = Actor.RoleIdentity("engineer", session.Session, session.Account, key, Iso(time - 31_536_000));
        Act(As(session, Actor.Unknown(AttributionReason.IssuedAtMismatch), replayed), time + 20);
    }

    /// <summary>Keys cut to a mask: none proves anything, the grant's as little as the event's.</summary>
    private void TellMalformedKey()
    {
        var time = Now;
        var (session, _) = Grant(PlanOf(Person("bob", TrailStory.MalformedKey), "billing", time, TrailStory.MalformedKey) with { Key = "ASIAEXAMPLE" });
        ActOften(As(session, Actor.Unknown(AttributionReason.NoGrant)), time, 2, 3);
    }

    private void TellOutsideLife()
    {
        var time = Now;
        var (session, _) = Grant(PlanOf(Person("carol", TrailStory.OutsideLife), "engineer", time, TrailStory.OutsideLife) with { DurationSeconds = 900 });
        Act(As(session, Actor.Unknown(AttributionReason.UsedBeforeGrant)), time - 600);
        Act(session, time + 1);
        Act(As(session, Actor.Unknown(AttributionReason.UsedAfterExpiry)), time + 5 * 3600);
    }

    /// <summary>Somebody takes a colleague's name for the session.</summary>
    private void TellForgedName()
    {
        var time = Now;
        var name = _random.Of(Organisation.People);
        var victim = Person(name, TrailStory.ForgedName);
        var forger = Person(Organisation.People[(Array.IndexOf(Organisation.People, name) + 1) % Organisation.People.Length], TrailStory.ForgedName);
        Act(victim, time);
        time = AloneInItsSecond(Organisation.AuditAccount, "forgers-choice", name, time);
        var (session, _) = Grant(PlanOf(forger, "forgers-choice", time, TrailStory.ForgedName, Organisation.AuditAccount) with { Session = name });
        session.Truth.SessionNameMatches = false;
        ActOften(session, time, 2, 4);
    }

    /// <summary>What looks like a grant stands in events of others: services that issue nothing, sources that are none, members of requests.</summary>
    private void TellLookAlike()
    {
        var time = Now;
        var victim = Person(_random.Of(Organisation.People), TrailStory.LookAlike);
        var (session, key) = Grant(PlanOf(victim, "deploy", time, TrailStory.LookAlike) with { Lost = true });
        var credentials = CredentialsOf(
            key, time + 3600, ",\"assumedRoleUser\":{\"arn\":\"arn:aws:sts::" + session.Account + ":assumed-role/deploy/" + session.Session + "\"}");
        var request = "{\"roleArn\":\"" + session.RoleArn + "\",\"roleSessionName\":\"" + session.Session + "\"}";
        foreach (var (source, name) in (ReadOnlySpan<(string, string)>)
            [("lambda.amazonaws.com", "AssumeRole"), ("sts.amazonaws.com.example.com", "AssumeRole"), ("sts.amazonaws.com", "GetCallerIdentity")])
        {
            Send(EventOf(victim, time, source, name) with { Request = request, Response = credentials }, TrailStory.LookAlike, victim.Truth);
        }

        Send(EventOf(victim, time, "sts.amazonaws.com", "AssumeRole") with { Request = credentials }, TrailStory.LookAlike, victim.Truth);
        Send(
            EventOf(victim, time, "sts.amazonaws.com", "AssumeRole") with { Request = request, Response = credentials, Error = "AccessDenied" },
            TrailStory.LookAlike, victim.Truth);
        ActOften(As(session, Actor.Unknown(AttributionReason.NoGrant)), time, 2, 4);
    }

    /// <summary>Two people are said to have been issued one and the same key.</summary>
    private void TellKeyConflict()
    {
        var time = Now;
        var plan = PlanOf(Person("dave", TrailStory.KeyConflict), "admin", time, TrailStory.KeyConflict);
        var (session, key) = Grant(plan);
        Grant(plan with { Caller = Person("erin", TrailStory.KeyConflict), Key = key });
        var truth = Actor.Unknown(AttributionReason.Conflict);
        ActOften(As(session, truth), time, 3, 4);
        var (below, _) = Grant(PlanOf(As(session, truth), "deploy", time + 15, TrailStory.KeyConflict, Organisation.ProductionAccount));
        ActOften(As(below, truth), time + 15, 1, 4);
    }

    /// <summary>Forged grants that issue each other's callers.</summary>
    private void TellCycle()
    {
        var time = Now;
        var truth = Actor.Unknown(AttributionReason.Cycle);
        var keys = (_forge.NextKey(Organisation.ToolsAccount), _forge.NextKey(Organisation.ToolsAccount));
        var names = ("ring-a-" + _number, "ring-b-" + _number);
        var a = RingMember(names.Item1, keys.Item1, time, truth);
        var b = RingMember(names.Item2, keys.Item2, time, truth);
        Grant(PlanOf(a, "ring", time, TrailStory.Cycle) with { Session = names.Item2, Key = keys.Item2 });
        Grant(PlanOf(b, "ring", time, TrailStory.Cycle) with { Session = names.Item1, Key = keys.Item1 });
        ActOften(a, time, 2, 3);
        ActOften(b, time, 1, 3);
    }

    private Actor RingMember(string session, string key, long time, TrailTruth truth) => Person("judy", TrailStory.Cycle) with
    {
        Identity = Actor.RoleIdentity("ring", session, Organisation.ToolsAccount, key, Iso(time)),
        Account = Organisation.ToolsAccount,
        Truth = truth,
        PrincipalId = "",
    };

    /// <summary>A key for a user's own session, in a role's event: whoever wrote that did not have it from AWS.</summary>
    private void TellKeyOfAnotherKind()
    {
        var time = Now;
        var person = Person(_random.Of(Organisation.People), TrailStory.ReusedKey);
        var key = _forge.NextKey(person.Account);
        Send(
            EventOf(person, time, "sts.amazonaws.com", "GetSessionToken") with { Response = CredentialsOf(key, time + 43_200, ""), ReadOnly = true },
            TrailStory.ReusedKey, person.Truth, Lateness());
        var identity = Actor.RoleIdentity("admin", "borrowed-" + _number, Organisation.ToolsAccount, key, Iso(time));
        ActOften(As(person, Actor.Unknown(AttributionReason.RoleMismatch), identity), time, 2, 4);
    }

    /// <summary>A mistyped sign-in: AWS hides what was typed, it may have been the password.</summary>
    private void TellRedacted()
    {
        var person = Person(_random.Of(Organisation.People), TrailStory.Redacted);
        var identity = "{\"type\":\"IAMUser\",\"accountId\":\"" + person.Account + "\",\"accessKeyId\":\"\",\"userName\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}";
        Send(
            EventOf(person, Now, "signin.amazonaws.com", "ConsoleLogin") with
            {
                Identity = Encoding.UTF8.GetBytes(identity),
                Response = "{\"ConsoleLogin\":\"Failure\"}",
                Error = "Failed authentication",
                Type = "AwsConsoleSignIn",
            },
            TrailStory.Redacted,
            Actor.Direct(OriginType.IAMUser, "HIDDEN_DUE_TO_SECURITY_REASONS", null, null));
    }

    /// <summary>An answer too long for a record: a string in its place, or a note that it was left out. A request that is a string takes nothing away.</summary>
    private void TellTruncated()
    {
        var time = Now;
        var person = Person(_random.Of(Organisation.People), TrailStory.Truncated);
        foreach (var answer in (ReadOnlySpan<string>)["\"{\\\"credentials\\\":{\\\"accessKeyId\\\":\\\"ASIA\"", "{\"omitted\":true,\"originalSize\":120000,\"reason\":\"too long\"}"])
        {
            var (session, _) = Grant(PlanOf(person, "engineer", time, TrailStory.Truncated) with { Lost = true });
            Send(EventOf(person, time, "sts.amazonaws.com", "AssumeRole") with { Response = answer }, TrailStory.Truncated, person.Truth);
            ActOften(As(session, Actor.Unknown(AttributionReason.NoGrant)), time, 1, 4);
        }

        var key = _forge.NextKey(Organisation.ToolsAccount);
        var name = "cut-" + _number;
        var grant = EventOf(person, time, "sts.amazonaws.com", "AssumeRole") with
        {
            Request = "\"{roleArn=arn:aws:iam\"",
            Response = CredentialsOf(
                key, time + 3600, ",\"assumedRoleUser\":{\"arn\":\"arn:aws:sts::" + Organisation.ToolsAccount + ":assumed-role/admin/" + name + "\"}"),
        };
        Send(in grant, TrailStory.Truncated, person.Truth, Lateness());
        var acting = person with { Truth = person.OfSession(grant.EventId, true), Account = Organisation.ToolsAccount };
        ActOften(acting with { Identity = Actor.RoleIdentity("admin", name, Organisation.ToolsAccount, key, Iso(time)) }, time, 2, 4);
    }

    private void TellNoIdentity()
    {
        var nobody = Service("s3.amazonaws.com", TrailStory.NoIdentity) with
        {
            Account = _random.Of(Organisation.Accounts),
            Truth = new TrailTruth { Status = AttributionStatus.NotApplicable },
        };
        foreach (var identity in (ReadOnlySpan<string>)
            ["", "null", "\"AssumedRole\"", "{}", "{\"type\":\"Unknown\"}", "{\"type\":\"AWSAccount\",\"principalId\":\"\",\"accountId\":\"ANONYMOUS_PRINCIPAL\"}"])
        {
            Act(nobody, Now, Encoding.UTF8.GetBytes(identity));
        }
    }

    /// <summary>Insights: about many events, without a caller.</summary>
    private void TellInsight()
    {
        var nobody = Service("iam.amazonaws.com", TrailStory.Insight) with
        {
            Identity = [],
            Account = _random.Of(Organisation.Accounts),
            Truth = new TrailTruth { Status = AttributionStatus.NotApplicable, Reason = AttributionReason.Insight },
        };
        var shared = _forge.NextEventId();
        foreach (var state in (ReadOnlySpan<string>)["Start", "End"])
        {
            Send(
                EventOf(nobody, Now, "iam.amazonaws.com", "AwsInsight") with
                {
                    Type = "AwsCloudTrailInsight",
                    Category = "Insight",
                    SharedEventId = shared,
                    More = "\"insightDetails\":{\"state\":\"" + state + "\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"AttachUserPolicy\",\"insightType\":\"ApiCallRateInsight\"}",
                },
                TrailStory.Insight,
                nobody.Truth);
        }
    }

    /// <summary>A call through somebody's VPC endpoint, refused there: the caller is another account's.</summary>
    private void TellNetworkActivity()
    {
        var id = Organisation.PrincipalId("AIDA", "passer-by-" + _random.Below(9), Organisation.PartnerAccount);
        var caller = new Actor
        {
            Identity = ExternalIdentity(id, Organisation.PartnerAccount),
            Account = Organisation.ProductionAccount,
            SourceIp = "192.0.2.61",
            UserAgent = "aws-cli/2.31.4",
            Story = TrailStory.NetworkActivity,
            Truth = Actor.Direct(OriginType.AWSAccount, null, null, id),
        };
        Send(
            EventOf(caller, Now, "kms.amazonaws.com", "Decrypt") with
            {
                Type = "AwsVpceEvent",
                Category = "NetworkActivity",
                Error = "VpceAccessDenied",
                More = "\"vpcEndpointId\":\"vpce-0a1b2c3d4e5f60718\",\"vpcEndpointAccountId\":\"" + Organisation.ProductionAccount + "\"",
            },
            TrailStory.NetworkActivity,
            caller.Truth);
    }
}
