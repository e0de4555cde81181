using TrailStream.Core.Attribution;

namespace TrailStream.Core.Generation;

/// <content>Chains that are hard to follow, and issuers that few trails show.</content>
public sealed partial class TrailGenerator
{
    /// <summary>Stories that real trails hold seldom, and stories of spoilt or forged records and of days, which only EveryKind tells.</summary>
    private const int SeldomLifelike = 16;
    private const int SeldomSpoilt = 12;

    private void TellSeldom(int which)
    {
        switch (which)
        {
            case 0: TellLongChain(); break;
            case 1: TellIdentityCenterChain(); break;
            case 2: TellNamedExternal(); break;
            case 3: TellBusyName(); break;
            case 4: TellSourceIdentity(); break;
            case 5: TellDatabase(); break;
            case 6: TellScopedFunction(); break;
            case 7: TellWebIdentity(TrailStory.GitLabPipeline); break;
            case 8: TellCognito(); break;
            case 9: TellExpressSession(); break;
            case 10: TellRolesAnywhere(); break;
            case 11: TellSignInToken(); break;
            case 12: TellCentralRoot(TrailStory.UnflaggedRoot); break;
            case 13: TellRedacted(); break;
            case 14: TellInsight(); break;
            case 15: TellNetworkActivity(); break;
            case 16: TellJuggling(); break;
            case 17: TellLostAccount(); break;
            case 18: TellReusedKey(); break;
            case 19: TellMalformedKey(); break;
            case 20: TellOutsideLife(); break;
            case 21: TellForgedName(); break;
            case 22: TellLookAlike(); break;
            case 23: TellKeyConflict(); break;
            case 24: TellCycle(); break;
            case 25: TellTruncated(); break;
            case 26: TellNoIdentity(); break;
            default: TellKeyOfAnotherKind(); break;
        }
    }

    /// <summary>A plan for a person's grant with a session name that nobody else uses.</summary>
    private GrantPlan PlanOf(Actor caller, string role, long time, TrailStory story, string account = Organisation.ToolsAccount) => new()
    {
        Caller = caller,
        Role = role,
        Session = role + "-" + _number,
        Account = account,
        Time = time,
        NeverMissing = true,
        Story = story,
    };

    private void TellLongChain()
    {
        var who = Person(_random.Of(Organisation.People), TrailStory.LongChain);
        var time = Now;
        for (var hops = 5 + _random.Below(16); hops > 0; hops--)
        {
            (who, _) = Grant(PlanOf(who, _random.Of(Organisation.PeopleRoles), time, TrailStory.LongChain, _random.Of(Organisation.Accounts)));
            ActOften(who, time, 1 + _random.Below(2), 3);
            time += 10 + _random.Below(60);
        }
    }

    /// <summary>Two roles that assume each other again and again, for ever: each session lives an hour, the way back to the person grows by days.</summary>
    private void TellJuggling()
    {
        var who = Person(_random.Of(Organisation.People), TrailStory.Juggling);
        var time = Now;
        for (var hop = 0; hop < 50; hop++)
        {
            (who, _) = Grant(PlanOf(who, hop % 2 == 0 ? "juggler-left" : "juggler-right", time, TrailStory.Juggling));
            ActOften(who, time, 1, 30);
            time += 3000 + _random.Below(500);
        }
    }

    /// <summary>From an Identity Center session on: its grants are signed with keys that no event issues.</summary>
    private void TellIdentityCenterChain()
    {
        var session = SignInThroughIdentityCenter(TrailStory.IdentityCenterChain);
        var time = session.IssuedAt + 20;
        var identity = Actor.RoleIdentity(
            session.Role, session.Session, session.Account, _forge.NextKey(session.Account), Iso(session.IssuedAt), path: "/aws-reserved/sso.amazonaws.com/");
        var (next, _) = Grant(PlanOf(session with { Identity = identity }, "admin", time, TrailStory.IdentityCenterChain));
        ActOften(next, time, 2, 5);
        (next, _) = Grant(PlanOf(next, "deploy", time + 30, TrailStory.IdentityCenterChain, Organisation.ProductionAccount));
        ActOften(next, time + 30, 2, 5);
    }

    /// <summary>Another account's user, of whom the grant tells the id alone; some event elsewhere, before or after, tells the name.</summary>
    private void TellNamedExternal()
    {
        const string Account = Organisation.PartnerAccount;
        var name = "contractor-" + _number;
        var id = Organisation.PrincipalId("AIDA", name, Account);
        var user = new Actor
        {
            Identity = Actor.UserIdentity(name, Account, "AKIA" + id[4..20]),
            Account = Account,
            SourceIp = "192.0.2.210",
            UserAgent = "Boto3/1.40.61",
            Story = TrailStory.NamedExternal,
            Truth = Actor.Direct(OriginType.IAMUser, name, "arn:aws:iam::" + Account + ":user/" + name, id),
        };
        var time = Now;
        var outside = user with { Identity = ExternalIdentity(id, Account), Account = Organisation.AuditAccount };
        var (session, _) = Grant(PlanOf(outside, "partner-audit", time, TrailStory.NamedExternal, Organisation.AuditAccount));
        ActOften(session, time, 3, 5);
        var (next, _) = Grant(PlanOf(session, "read-only", time + 20, TrailStory.NamedExternal));
        ActOften(next, time + 20, 1, 5);
        Send(EventOf(user, time - 30, "kms.amazonaws.com", "Decrypt"), TrailStory.NamedExternal, user.Truth, Lateness());
    }

    /// <summary>One role, one session name, one second, three people: only the key tells whose session it is.</summary>
    private void TellBusyName()
    {
        var time = Now;
        var name = "worker-" + _number;
        var sessions = new List<Actor>();
        for (var i = 0; i < 3; i++)
        {
            var person = Person(Organisation.People[i], TrailStory.BusyName);
            var (session, _) = Grant(PlanOf(person, "batch", time, TrailStory.BusyName) with { Session = name });
            ActOften(session, time, 2, 3);
            sessions.Add(session);
        }

        var unknown = sessions[0] with
        {
            Identity = Actor.RoleIdentity("batch", name, Organisation.ToolsAccount, _forge.NextKey(Organisation.ToolsAccount), Iso(time)),
            Truth = Actor.Unknown(AttributionReason.Ambiguous),
        };
        ActOften(unknown, time, 2, 7);
    }

    /// <summary>The grant is lost, but the first caller had to say who they are, and every event repeats it.</summary>
    private void TellSourceIdentity()
    {
        var user = _random.Of(Organisation.SsoPeople) + "@example.com";
        var time = Now;
        var (session, key) = Grant(PlanOf(Person("ken", TrailStory.SourceIdentity), "engineer", time, TrailStory.SourceIdentity) with { Lost = true });
        ActOften(
            session with
            {
                Identity = Actor.RoleIdentity("engineer", session.Session, session.Account, key, Iso(time), context: ",\"sourceIdentity\":\"" + user + "\""),
                Truth = ClaimOf(user),
            },
            time, 3, 4);
    }

    private static TrailTruth ClaimOf(string sourceIdentity) =>
        new() { Status = AttributionStatus.Attributed, OriginName = sourceIdentity, Reason = AttributionReason.SourceIdentityOnly };

    private void TellDatabase()
    {
        var plan = PlanOf(Service("rds.amazonaws.com", TrailStory.Database), "rds-monitoring", Now, TrailStory.Database, Organisation.ProductionAccount);
        var (session, _) = Grant(plan with { Session = "dbi-id-db-" + _number, NoAssumedRoleUser = true, DurationSeconds = 21_600 });
        ActOften(session, Now, 1 + _random.Below(3), 9);
    }

    /// <summary>A function whose grant was before the trail: its events say themselves whom their credentials were issued to. It takes a role, too.</summary>
    private void TellScopedFunction()
    {
        var name = _random.Of(Organisation.Functions);
        var time = Now;
        var scope = ",\"inScopeOf\":{\"sourceAccount\":\"" + Organisation.ProductionAccount
            + "\",\"issuerType\":\"AWS::Lambda::Function\",\"credentialsIssuedTo\":\"arn:aws:lambda:eu-west-1:" + Organisation.ProductionAccount + ":function:" + name + "\"}";
        var plan = PlanOf(Service("lambda.amazonaws.com", TrailStory.ScopedFunction), name + "-role", time - 7000, TrailStory.ScopedFunction, Organisation.ProductionAccount);
        var (function, key) = Grant(plan with { Lost = true, DurationSeconds = 43_200 });
        function = function with
        {
            Identity = Actor.RoleIdentity(function.Role, function.Session, function.Account, key, Iso(function.IssuedAt), scope),
            Truth = new TrailTruth
            {
                Status = AttributionStatus.Attributed,
                OriginType = OriginType.AWSService,
                OriginName = "lambda.amazonaws.com",
                Reason = AttributionReason.CredentialsScope,
            },
        };
        ActOften(function, time, 2, 4);
        var (next, _) = Grant(PlanOf(function, "log-shipper", time, TrailStory.ScopedFunction));
        next.Truth.Reason = null;
        ActOften(next, time, 2, 4);
    }

    /// <summary>An app's user: the identity pool issues the key, in a data event whose caller is nobody.</summary>
    private void TellCognito()
    {
        var identityId = "eu-west-1:" + _forge.NextEventId();
        var time = Now;
        var app = new Actor
        {
            Identity = "{\"type\":\"Unknown\"}"u8.ToArray(),
            Account = Organisation.ProductionAccount,
            SourceIp = "203.0.113.250",
            UserAgent = "aws-amplify/6.15.7",
            Story = TrailStory.CognitoUser,
            Truth = new TrailTruth { Status = AttributionStatus.NotApplicable },
        };
        var key = _forge.NextKey(app.Account);
        var grant = EventOf(app, time, "cognito-identity.amazonaws.com", "GetCredentialsForIdentity") with
        {
            Category = "Data",
            Request = "{\"identityId\":\"" + identityId + "\",\"logins\":{\"accounts.example.com\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}}",
            Response = CredentialsOf(key, time + 3600, ",\"identityId\":\"" + identityId + "\""),
        };
        Send(in grant, TrailStory.CognitoUser, app.Truth, Lateness());
        const string Role = "shop-app-users";
        const string Session = "CognitoIdentityCredentials";
        var user = Actor.Direct(OriginType.WebIdentityUser, identityId, null, null);
        app = app with { Truth = (app with { Truth = user }).OfSession(grant.EventId, delivered: true) };
        ActOften(app with { Identity = Actor.RoleIdentity(Role, Session, app.Account, key, Iso(time)) }, time, 3, 4);
    }

    /// <summary>S3 Express gives a role session a key of five minutes; what it signs names the session, but not the role's ARN.</summary>
    private void TellExpressSession()
    {
        var time = Now;
        var (session, _) = Grant(PlanOf(Person(_random.Of(Organisation.People), TrailStory.ExpressSession), "engineer", time, TrailStory.ExpressSession));
        time += 8;
        var key = _forge.NextKey(session.Account);
        var grant = EventOf(session, time, "s3express.amazonaws.com", "CreateSession") with
        {
            Category = "Data",
            Request = "{\"bucketName\":\"example-shop--euw1-az1--x-s3\",\"x-amz-create-session-mode\":\"ReadWrite\"}",
            Response = CredentialsOf(key, time + 300, ""),
            ReadOnly = true,
        };
        Send(in grant, TrailStory.ExpressSession, session.Truth, Lateness());
        var identity = "{\"type\":\"AssumedRole\",\"principalId\":\"" + session.PrincipalId + "\",\"arn\":\"arn:aws:sts::" + session.Account + ":assumed-role/" + session.Role
            + "/" + session.Session + "\",\"accountId\":\"" + session.Account + "\",\"accessKeyId\":\"" + key + "\",\"sessionContext\":{\"attributes\":{\"creationDate\":\""
            + Iso(time) + "\"}}}";
        var express = session with { Identity = System.Text.Encoding.UTF8.GetBytes(identity), Truth = session.OfSession(grant.EventId, delivered: true) };
        ActOften(express, time, 3, 5);
    }

    /// <summary>A server's certificate. Roles Anywhere's own event shows no key; STS's, where the trail holds it, does. The sessions carry the
    /// certificate's name as their source identity.</summary>
    private void TellRolesAnywhere()
    {
        const string Account = Organisation.ToolsAccount;
        var time = Now;
        var caller = Service("rolesanywhere.amazonaws.com", TrailStory.RolesAnywhere);
        var name = "CN=build-" + (1 + _random.Below(40)) + ".example.com";
        var source = ",\"sourceIdentity\":\"" + name + "\"";
        Send(
            EventOf(caller with { Account = Account }, time, "rolesanywhere.amazonaws.com", "CreateSession") with
            {
                Request = "{\"roleArn\":\"arn:aws:iam::" + Account + ":role/build-server\",\"durationSeconds\":3600,\"cert\":\"MIIB-EXAMPLE\"}",
                Response = "{\"credentialSet\":[{\"sourceIdentity\":\"" + name + "\"}]}",
            },
            TrailStory.RolesAnywhere,
            caller.Truth);
        var isGranted = _random.Chance(0.5);
        var plan = PlanOf(caller, "build-server", time, TrailStory.RolesAnywhere) with { Session = _forge.NextEventId().Replace("-", ""), MoreRequest = source, MoreResponse = source };
        var (session, key) = Grant(plan with { Lost = !isGranted });
        var identity = Actor.RoleIdentity("build-server", session.Session, Account, key, Iso(time), context: source);
        ActOften(session with { Identity = identity, SourceIp = "198.51.100.77", Truth = isGranted ? session.Truth : ClaimOf(name) }, time, 3, 5);
    }

    /// <summary>A link into the console made from a role session: the sign-in event shows the key that asked, the console signs with others.</summary>
    private void TellSignInToken()
    {
        var time = Now;
        var (session, key) = Grant(PlanOf(Person(_random.Of(Organisation.People), TrailStory.SignInToken), "read-only", time, TrailStory.SignInToken));
        Send(
            EventOf(session, time + 3, "signin.amazonaws.com", "GetSigninToken") with
            {
                Response = "{\"credentials\":{\"accessKeyId\":\"" + key + "\"},\"GetSigninToken\":\"Success\"}",
                Type = "AwsConsoleSignIn",
            },
            TrailStory.SignInToken,
            session.Truth);
        for (var i = 0; i < 4; i++)
        {
            Act(session, time + 5 + i, Actor.RoleIdentity(session.Role, session.Session, session.Account, _forge.NextKey(session.Account), Iso(time)));
        }
    }

    private static string CredentialsOf(string key, long expires, string more) =>
        "{\"credentials\":{\"accessKeyId\":\"" + key + "\",\"sessionToken\":\"EXAMPLE-SESSION-TOKEN\",\"expiration\":\"" + Iso(expires) + "\"}" + more + "}";
}
