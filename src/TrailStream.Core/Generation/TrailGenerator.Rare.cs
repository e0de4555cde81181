using System.Text;
using TrailStream.Core.Attribution;

namespace TrailStream.Core.Generation;

/// <content>What happens less often, and the attack.</content>
public sealed partial class TrailGenerator
{
    /// <summary>The console signs every request with a fresh key of the user's own session.</summary>
    private void TellConsole()
    {
        var person = Person(_random.Of(Organisation.People), TrailStory.ConsoleUser, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36");
        for (var i = 0; i < 6 + _random.Below(10); i++)
        {
            Act(person, Now + (i * 2), Actor.UserIdentity(
                person.Truth.OriginName!, person.Account, _forge.NextKey(person.Account),
                ",\"sessionContext\":{\"sessionIssuer\":{},\"attributes\":{\"creationDate\":\"" + Iso(Now - 60) + "\",\"mfaAuthenticated\":\"true\"}}"));
        }
    }

    /// <summary>Switch role in the console: AssumeRole by AWS on the user's behalf, a sign-in event that names the user, actions with other keys.</summary>
    private void TellConsoleSwitch()
    {
        var person = Person(_random.Of(Organisation.People), TrailStory.ConsoleSwitch, "AWS Internal");
        var name = person.Truth.OriginName!;
        var time = AloneInItsSecond(Organisation.IdentityAccount, "read-only", name, Now);
        var (session, _) = Grant(new GrantPlan
        {
            Caller = person,
            Role = "read-only",
            Session = name,
            Account = Organisation.IdentityAccount,
            Time = time,
            NeverMissing = true,
            Story = TrailStory.ConsoleSwitch,
        });
        var truth = session.Truth;
        Send(
            new ForgedEvent
            {
                Identity = Actor.RoleIdentity(session.Role, name, session.Account, null, Iso(time)),
                Time = time,
                Source = "signin.amazonaws.com",
                Name = "SwitchRole",
                Account = session.Account,
                SourceIp = person.SourceIp,
                UserAgent = "Mozilla/5.0",
                Request = "null",
                Response = "{\"SwitchRole\":\"Success\"}",
                EventId = _forge.NextEventId(),
                Additional = "{\"SwitchFrom\":\"" + person.Truth.OriginArn + "\",\"RedirectTo\":\"https://eu-west-1.console.aws.amazon.com/\"}",
            },
            TrailStory.ConsoleSwitch,
            truth);
        for (var i = 0; i < 5; i++)
        {
            Act(session, time + 2 + i, Actor.RoleIdentity(session.Role, name, session.Account, _forge.NextKey(session.Account), Iso(time)));
        }
    }

    /// <summary>GetSessionToken: the user stays the user, with a temporary key.</summary>
    private void TellSessionToken()
    {
        var person = Person(_random.Of(Organisation.People), TrailStory.SessionToken);
        var key = _forge.NextKey(person.Account);
        Send(
            new ForgedEvent
            {
                Identity = person.Identity,
                Time = Now,
                Source = "sts.amazonaws.com",
                Name = "GetSessionToken",
                Account = person.Account,
                SourceIp = person.SourceIp,
                UserAgent = person.UserAgent,
                Request = "{\"serialNumber\":\"arn:aws:iam::111122223333:mfa/phone\"}",
                Response = "{\"credentials\":{\"accessKeyId\":\"" + key + "\",\"sessionToken\":\"EXAMPLE-SESSION-TOKEN\",\"expiration\":\"" + Iso(Now + 43_200) + "\"}}",
                EventId = _forge.NextEventId(),
                ReadOnly = true,
            },
            TrailStory.SessionToken,
            person.Truth,
            Lateness());
        var identity = Actor.UserIdentity(
            person.Truth.OriginName!, person.Account, key,
            ",\"sessionContext\":{\"attributes\":{\"creationDate\":\"" + Iso(Now) + "\",\"mfaAuthenticated\":\"true\"}}");
        for (var i = 0; i < 4; i++)
        {
            Act(person, Now + 1 + i, identity);
        }
    }

    /// <summary>Somebody of another organisation, known by principal id only.</summary>
    private void TellPartner()
    {
        const string Account = Organisation.PartnerAccount;
        var id = Organisation.PrincipalId("AIDA", "partner-" + _random.Below(3), Account);
        var partner = new Actor
        {
            Identity = ExternalIdentity(id, Account),
            Account = Organisation.AuditAccount,
            SourceIp = "192.0.2.200",
            UserAgent = "Boto3/1.40.61",
            Story = TrailStory.Partner,
            Truth = Actor.Direct(OriginType.AWSAccount, null, null, id),
        };
        var (session, _) = Grant(new GrantPlan
        {
            Caller = partner,
            Role = "partner-audit",
            Session = "audit-" + _number,
            Account = Organisation.AuditAccount,
            Time = Now,
            NeverMissing = true,
            MoreRequest = ",\"externalId\":\"example-7\"",
            Story = TrailStory.Partner,
        });
        ActOften(session, Now, 3 + _random.Below(4), 5);
    }

    private void TellFailedGrant()
    {
        var person = Person(_random.Of(Organisation.People), TrailStory.FailedGrant);
        Send(
            new ForgedEvent
            {
                Identity = person.Identity,
                Time = Now,
                Source = "sts.amazonaws.com",
                Name = "AssumeRole",
                Account = person.Account,
                SourceIp = person.SourceIp,
                UserAgent = person.UserAgent,
                Request = "null",
                Error = "AccessDenied",
                EventId = _forge.NextEventId(),
                ReadOnly = true,
            },
            TrailStory.FailedGrant,
            person.Truth);
    }

    /// <summary>GetFederationToken: the event names the user who asked, the grant proves it.</summary>
    private void TellFederation()
    {
        var person = Person(_random.Of(Organisation.People), TrailStory.Federation);
        var key = _forge.NextKey(person.Account);
        var grantId = _forge.NextEventId();
        var arn = "arn:aws:sts::" + person.Account + ":federated-user/report";
        Send(
            new ForgedEvent
            {
                Identity = person.Identity,
                Time = Now,
                Source = "sts.amazonaws.com",
                Name = "GetFederationToken",
                Account = person.Account,
                SourceIp = person.SourceIp,
                UserAgent = person.UserAgent,
                Request = "{\"name\":\"report\"}",
                EventId = grantId,
                Response = "{\"credentials\":{\"accessKeyId\":\"" + key + "\",\"sessionToken\":\"EXAMPLE-SESSION-TOKEN\",\"expiration\":\"" + Iso(Now + 129_600)
                    + "\"},\"federatedUser\":{\"federatedUserId\":\"" + person.Account + ":report\",\"arn\":\"" + arn + "\"}}",
            },
            TrailStory.Federation,
            person.Truth,
            Lateness());
        var identity = Encoding.UTF8.GetBytes(
            "{\"type\":\"FederatedUser\",\"principalId\":\"" + person.Account + ":report\",\"arn\":\"" + arn + "\",\"accountId\":\"" + person.Account
            + "\",\"accessKeyId\":\"" + key + "\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"IAMUser\",\"principalId\":\"" + person.Truth.OriginId
            + "\",\"arn\":\"" + person.Truth.OriginArn + "\",\"accountId\":\"" + person.Account + "\",\"userName\":\"" + person.Truth.OriginName
            + "\"},\"attributes\":{\"creationDate\":\"" + Iso(Now) + "\",\"mfaAuthenticated\":\"false\"}}}");
        var session = new Actor
        {
            Identity = identity,
            Account = person.Account,
            SourceIp = person.SourceIp,
            UserAgent = person.UserAgent,
            Story = TrailStory.Federation,
            Truth = person.OfSession(grantId, delivered: true),
        };
        ActOften(session, Now, 3, 5);
    }

    /// <summary>AssumeRoot: a member account's root by name, the central administrator by grant.</summary>
    private void TellCentralRoot(TrailStory story)
    {
        var person = Person("grace", story);
        const string Member = Organisation.StagingAccount;
        var key = _forge.NextKey(Member);
        var grantId = _forge.NextEventId();
        Send(
            new ForgedEvent
            {
                Identity = person.Identity,
                Time = Now,
                Source = "sts.amazonaws.com",
                Name = "AssumeRoot",
                Account = person.Account,
                SourceIp = person.SourceIp,
                UserAgent = person.UserAgent,
                EventId = grantId,
                Request = "{\"targetPrincipal\":\"" + Member + "\",\"taskPolicyArn\":{\"arn\":\"arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy\"}}",
                Response = "{\"credentials\":{\"accessKeyId\":\"" + key + "\",\"sessionToken\":\"EXAMPLE-SESSION-TOKEN\",\"expiration\":\"" + Iso(Now + 900) + "\"}}",
            },
            story,
            person.Truth,
            Lateness());
        var identity = Encoding.UTF8.GetBytes(
            "{\"type\":\"Root\",\"principalId\":\"" + Member + "\",\"arn\":\"arn:aws:iam::" + Member + ":root\",\"accountId\":\"" + Member
            + "\",\"accessKeyId\":\"" + key + "\",\"sessionContext\":{\"attributes\":{\"creationDate\":\"" + Iso(Now)
            + "\",\"mfaAuthenticated\":\"false\"}" + (story == TrailStory.UnflaggedRoot ? "" : ",\"assumedRoot\":\"true\"") + "}}");
        ActOften(
            new Actor
            {
                Identity = identity,
                Account = Member,
                SourceIp = person.SourceIp,
                UserAgent = person.UserAgent,
                Story = story,
                Truth = person.OfSession(grantId, delivered: true),
            },
            Now, 2, 5);
    }

    /// <summary>An event of a service without a caller.</summary>
    private void TellServiceEvent()
    {
        var account = _random.Of(Organisation.Accounts);
        var service = Service("ec2.amazonaws.com", TrailStory.ServiceEvent);
        Send(
            new ForgedEvent
            {
                Identity = Encoding.UTF8.GetBytes("{\"accountId\":\"" + account + "\",\"invokedBy\":\"ec2.amazonaws.com\"}"),
                Time = Now,
                Source = "ec2.amazonaws.com",
                Name = "SharedSnapshotVolumeCreated",
                Account = account,
                SourceIp = "ec2.amazonaws.com",
                UserAgent = "ec2.amazonaws.com",
                Request = "null",
                EventId = _forge.NextEventId(),
            },
            TrailStory.ServiceEvent,
            service.Truth);
    }

    /// <summary>A leaked key of mallory's is used from elsewhere: a role under a colleague's name, from there into production.</summary>
    private void Attack()
    {
        const string Account = Organisation.IdentityAccount;
        var id = Organisation.PrincipalId("AIDA", "mallory", Account);
        var attacker = new Actor
        {
            Identity = Actor.UserIdentity("mallory", Account, "AKIA" + id[4..20]),
            Account = Account,
            SourceIp = "198.51.100.199",
            UserAgent = "aws-sdk-go/1.44.0 (go1.19; linux; amd64)",
            Story = TrailStory.Attacker,
            PrincipalId = id,
            Truth = Actor.Direct(OriginType.IAMUser, "mallory", "arn:aws:iam::" + Account + ":user/mallory", id),
        };
        var time = Now;
        Attack(attacker, Organisation.AttackCalls[0], time);
        var (first, _) = Grant(new GrantPlan
        {
            Caller = attacker,
            Role = "engineer",
            Session = "alice",
            Account = Organisation.ToolsAccount,
            Time = time + 20,
            NeverMissing = true,
            Story = TrailStory.Attacker,
        });
        Attack(first, Organisation.AttackCalls[1], time + 40);
        var (second, _) = Grant(new GrantPlan
        {
            Caller = first,
            Role = "deploy",
            Session = "alice",
            Account = Organisation.ProductionAccount,
            Time = time + 60,
            NeverMissing = true,
            Story = TrailStory.Attacker,
        });
        for (var i = 2; i < Organisation.AttackCalls.Length; i++)
        {
            Attack(second, Organisation.AttackCalls[i], time + 60 + (i * 17));
        }
    }

    private void Attack(Actor who, (string Source, string Name, string Request) call, long time) => Send(
        new ForgedEvent
        {
            Identity = who.Identity,
            Time = time,
            Source = call.Source,
            Name = call.Name,
            Account = who.Account,
            SourceIp = who.SourceIp,
            UserAgent = who.UserAgent,
            Request = call.Request,
            EventId = _forge.NextEventId(),
        },
        TrailStory.Attacker,
        who.Truth);
}
