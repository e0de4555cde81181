using TrailStream.Core.Attribution;

namespace TrailStream.Core.Generation;

public sealed partial class TrailGenerator
{
    /// <summary>How a grant is made and what it leads to.</summary>
    private struct GrantPlan
    {
        public Actor Caller;
        public string Role;
        public string Session;
        public string Account;
        public long Time;
        public string Action;
        public string Path;
        public string? MoreRequest;
        public string? MoreResponse;
        public bool NoAssumedRoleUser;
        public bool NeverMissing;
        public bool Lost;
        public string? Key;
        public int DurationSeconds;
        public TrailStory Story;
    }

    /// <summary>Emits a grant (in both accounts where they differ) and gives the session that it made, with its key.</summary>
    private (Actor Session, string Key) Grant(GrantPlan plan)
    {
        var key = plan.Key ?? _forge.NextKey(plan.Account);
        var id = _forge.NextEventId();
        var created = Iso(plan.Time);
        var delivered = !plan.Lost && (plan.NeverMissing || !_random.Chance(_options.MissingGrantShare));
        var path = plan.Path ?? "/";
        var action = plan.Action ?? "AssumeRole";
        var roleArn = "arn:aws:iam::" + plan.Account + ":role" + path + plan.Role;
        if (delivered)
        {
            EmitGrant(in plan, key, id, action, roleArn);
        }

        var session = new Actor
        {
            Identity = Actor.RoleIdentity(plan.Role, plan.Session, plan.Account, key, created, path: path),
            Account = plan.Account,
            SourceIp = plan.Caller.SourceIp,
            UserAgent = plan.Caller.UserAgent,
            Story = plan.Story,
            Truth = plan.Caller.OfSession(id, delivered),
            IssuedAt = plan.Time,
            RoleArn = roleArn,
            PrincipalId = Organisation.PrincipalId("AROA", plan.Role, plan.Account) + ":" + plan.Session,
            Role = plan.Role,
            Session = plan.Session,
        };
        return (session, key);
    }

    private void EmitGrant(in GrantPlan plan, string key, string id, string action, string roleArn)
    {
        var assumed = plan.NoAssumedRoleUser
            ? ""
            : ",\"assumedRoleUser\":{\"assumedRoleId\":\"" + Organisation.PrincipalId("AROA", plan.Role, plan.Account) + ":" + plan.Session
              + "\",\"arn\":\"arn:aws:sts::" + plan.Account + ":assumed-role/" + plan.Role + "/" + plan.Session + "\"}";
        var duration = plan.DurationSeconds == 0 ? 3600 : plan.DurationSeconds;
        var grant = new ForgedEvent
        {
            Identity = plan.Caller.Identity,
            Time = plan.Time,
            Source = "sts.amazonaws.com",
            Name = action,
            Account = plan.Caller.Account.Length == 0 ? plan.Account : plan.Caller.Account,
            SourceIp = plan.Caller.SourceIp,
            UserAgent = plan.Caller.UserAgent,
            Request = "{\"roleArn\":\"" + roleArn + "\",\"roleSessionName\":\"" + plan.Session + "\",\"durationSeconds\":" + duration + plan.MoreRequest + "}",
            Response = "{\"credentials\":{\"accessKeyId\":\"" + key + "\",\"sessionToken\":\"EXAMPLE-SESSION-TOKEN-" + key
                + "\",\"expiration\":\"" + Iso(plan.Time + duration) + "\"}" + assumed + plan.MoreResponse + "}",
            EventId = id,
            ReadOnly = true,
        };
        var late = Lateness();
        var crossAccount = plan.Caller.PrincipalId.Length > 0 && plan.Caller.Account != plan.Account;
        if (!crossAccount)
        {
            Send(in grant, plan.Story, plan.Caller.Truth, late);
            return;
        }

        // One call, recorded in both accounts under one sharedEventID; the role's side knows only the caller's account and principal id.
        grant.SharedEventId = _forge.NextEventId();
        Send(in grant, plan.Story, plan.Caller.Truth, late);
        grant.Identity = ExternalIdentity(plan.Caller.PrincipalId, plan.Caller.Account);
        grant.Account = plan.Account;
        grant.EventId = _forge.NextEventId();
        var truth = new TrailTruth();
        truth.CopyFrom(plan.Caller.Truth);
        truth.Reason = null;
        Send(in grant, plan.Story, truth, _random.Share() * late);
    }

    /// <summary>How much later than other events a grant is delivered, seconds.</summary>
    private double Lateness() => _random.Chance(_options.LateGrantShare) ? _random.Share() * _options.LateGrantMax.TotalSeconds : 0;

    private static byte[] ExternalIdentity(string principalId, string account) =>
        System.Text.Encoding.UTF8.GetBytes("{\"type\":\"AWSAccount\",\"principalId\":\"" + principalId + "\",\"accountId\":\"" + account + "\"}");

    private static string Iso(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private Actor Service(string name, TrailStory story) => new()
    {
        Identity = System.Text.Encoding.UTF8.GetBytes("{\"type\":\"AWSService\",\"invokedBy\":\"" + name + "\"}"),
        Account = "",
        SourceIp = name,
        UserAgent = name,
        Story = story,
        Truth = Actor.Direct(OriginType.AWSService, name, null, null),
    };

    private Actor Person(string name, TrailStory story, string agent = "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/macos#25.1.0 md/arch#arm64 lang/python#3.13.7")
    {
        const string Account = Organisation.IdentityAccount;
        var id = Organisation.PrincipalId("AIDA", name, Account);
        return new Actor
        {
            Identity = Actor.UserIdentity(name, Account, "AKIA" + id[4..20]),
            Account = Account,
            SourceIp = "203.0.113." + (10 + (Array.IndexOf(Organisation.People, name) & 63)),
            UserAgent = agent,
            Story = story,
            Truth = Actor.Direct(OriginType.IAMUser, name, "arn:aws:iam::" + Account + ":user/" + name, id),
            PrincipalId = id,
        };
    }
}
