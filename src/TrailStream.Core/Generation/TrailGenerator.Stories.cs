using System.Text;
using TrailStream.Core.Attribution;

namespace TrailStream.Core.Generation;

public sealed partial class TrailGenerator
{
    private long Now => (long)_now;

    /// <summary>Proportions follow real trails: services make most of the grants, people and pipelines most of the interest.</summary>
    private void TellStory()
    {
        if (_options.Attacker && !_attacked && _made > _options.Events / 2)
        {
            _attacked = true;
            Attack();
            return;
        }

        if (_options.Mix == TrailMix.EveryKind && _random.Chance(0.6))
        {
            TellSeldom(_random.Below(SeldomLifelike + SeldomSpoilt));
            return;
        }

        // 93 % of all AssumeRole calls are by services (577 of 623 in real sets); their sessions do little, people's a lot.
        switch (_random.Below(1000))
        {
            case < 150: TellInstance(); break;
            case < 320: TellWorkload("lambda.amazonaws.com", TrailStory.Function, _random.Of(Organisation.Functions)); break;
            case < 420: TellWorkload("ecs-tasks.amazonaws.com", TrailStory.Task, _forge.NextEventId().Replace("-", "")); break;
            case < 797: TellServiceLinked(); break;
            case < 877: TellPodIdentity(); break;
            case < 903: TellPerson(); break;
            case < 916: TellIdentityCenter(); break;
            case < 926: TellWebIdentity(TrailStory.CiPipeline); break;
            case < 939: TellWebIdentity(TrailStory.Pod); break;
            case < 949: TellConsole(); break;
            case < 954: TellConsoleSwitch(); break;
            case < 959: TellSaml(); break;
            case < 967: TellSessionToken(); break;
            case < 972: TellPartner(); break;
            case < 977: TellFailedGrant(); break;
            case < 979: TellFederation(); break;
            case < 981: TellCentralRoot(TrailStory.CentralRoot); break;
            case < 990: TellServiceEvent(); break;
            default: TellSeldom(_random.Below(SeldomLifelike)); break;
        }
    }

    private void TellPerson()
    {
        var person = Person(_random.Of(Organisation.People), TrailStory.Person);
        ActOften(person, Now, 1 + _random.Below(3), 3);
        var hops = _random.Below(10) switch { < 5 => 1, < 8 => 2, < 9 => 3, _ => 4 + _random.Below(2) };
        var who = person;
        var time = Now + 5;
        for (var hop = 0; hop < hops; hop++)
        {
            var (role, name, account) = (_random.Of(Organisation.PeopleRoles), SessionName(person.Truth.OriginName!), _random.Of(Organisation.Accounts));
            time = AloneInItsSecond(account, role, name, time);
            var (session, _) = Grant(new GrantPlan
            {
                Caller = who,
                Role = role,
                Session = name,
                Account = account,
                Time = time,
                Story = TrailStory.Person,
            });
            ActOften(session, time, 2 + _random.Below(8), 4);
            if (_random.Chance(0.2))
            {
                Forward(session, time + 20);
            }

            who = session;
            time += 60;
        }
    }

    /// <summary>People's tools use the user's name, or make one up.</summary>
    private string SessionName(string person) => _random.Below(3) switch
    {
        0 => "aws-cli-" + (1_700_000_000 + _random.Below(100_000_000)),
        1 => "botocore-session-" + (1_700_000_000 + _random.Below(100_000_000)),
        _ => person,
    };

    /// <summary>A service calls on with its caller's session: a fresh key that no event ever issues.</summary>
    private void Forward(Actor session, long time)
    {
        const string Service = "cloudformation.amazonaws.com";
        var identity = Actor.RoleIdentity(
            session.Role, session.Session, session.Account, _forge.NextKey(session.Account), Iso(session.IssuedAt), ",\"invokedBy\":\"" + Service + "\"");
        var forwarded = new Actor
        {
            Identity = identity,
            Account = session.Account,
            SourceIp = Service,
            UserAgent = Service,
            Story = TrailStory.ForwardedSession,
            Truth = session.Truth,
        };
        for (var i = 0; i < 3; i++)
        {
            Act(forwarded, time + i);
        }
    }

    /// <summary>A time at which no other session of that role and name begins: a name that is used again and again would make sessions that nobody
    /// can tell apart without their keys. Only names of people and services come here, so that what is remembered stays small.</summary>
    private long AloneInItsSecond(string account, string role, string session, long time)
    {
        if (_lastBegun.TryGetValue((account, role, session), out var last) && time < last + 6)
        {
            time = last + 6;
        }

        if (!session.Contains('-'))
        {
            _lastBegun[(account, role, session)] = time;
        }

        return time;
    }

    private void TellInstance()
    {
        var instance = "i-0" + _forge.NextEventId().Replace("-", "")[..16];
        var plan = new GrantPlan
        {
            Caller = Service("ec2.amazonaws.com", TrailStory.Instance),
            Role = "app-runtime",
            Session = instance,
            Account = _random.Of(Organisation.Accounts),
            Time = Now,
            NoAssumedRoleUser = true,
            NeverMissing = true,
            DurationSeconds = 22_000,
            Story = TrailStory.Instance,
        };

        // Every rotation issues two keys for the same session.
        var (first, _) = Grant(plan);
        var (second, _) = Grant(plan);
        ActOften(first, Now, 1 + _random.Below(3), 7);
        ActOften(second, Now, _random.Below(2), 9);
    }

    private void TellWorkload(string service, TrailStory story, string session)
    {
        var (who, _) = Grant(new GrantPlan
        {
            Caller = Service(service, story),
            Role = _random.Of(Organisation.ServiceRoles) + (story == TrailStory.Function ? "-" + session : ""),
            Session = session,
            Account = _random.Of(Organisation.Accounts),
            Time = Now,
            NeverMissing = true,
            NoAssumedRoleUser = story == TrailStory.Function,
            DurationSeconds = 21_600,
            Story = story,
        });
        ActOften(who, Now, _random.Below(4), 5);
    }

    private void TellServiceLinked()
    {
        var (service, role) = _random.Of(Organisation.LinkedServices);
        var account = _random.Of(Organisation.Accounts);
        var name = role["AWSServiceRoleFor".Length..];
        var time = AloneInItsSecond(account, role, name, Now);
        var (who, _) = Grant(new GrantPlan
        {
            Caller = Service(service, TrailStory.ServiceLinked),
            Role = role,
            Session = name,
            Account = account,
            Path = "/aws-service-role/" + service + "/",
            Time = time,
            NeverMissing = true,
            DurationSeconds = 900,
            Story = TrailStory.ServiceLinked,
        });

        // Without any key, as about every tenth such session's call is.
        var keyless = Actor.RoleIdentity(
            who.Role, who.Session, who.Account, null, Iso(time), ",\"invokedBy\":\"" + service + "\"", "/aws-service-role/" + service + "/");
        ActOften(who, time, _random.Below(2), 3);
        if (_random.Chance(0.1))
        {
            Act(who, time + 5, keyless, service);
        }
    }

    private void TellPodIdentity()
    {
        const string Tags = """,{"key":"eks-cluster-name","value":"shop"},{"key":"kubernetes-service-account","value":"checkout"},{"key":"kubernetes-pod-name","value":"checkout-7d9f-x2x"}]""";
        var (who, _) = Grant(new GrantPlan
        {
            Caller = Service("pods.eks.amazonaws.com", TrailStory.PodIdentity),
            Role = "checkout",
            Session = "eks-shop-checkout-" + _forge.NextEventId(),
            Account = Organisation.ProductionAccount,
            Time = Now,
            NeverMissing = true,
            DurationSeconds = 21_600,
            Story = TrailStory.PodIdentity,
            MoreRequest = ",\"tags\":[{\"key\":\"kubernetes-namespace\",\"value\":\"shop\"}" + Tags,
        });
        ActOften(who, Now, _random.Below(4), 6);
    }

    private void TellWebIdentity(TrailStory story)
    {
        var pipeline = story != TrailStory.Pod;
        var (provider, subject) = story switch
        {
            TrailStory.CiPipeline => ("token.actions.githubusercontent.com", "repo:" + _random.Of(Organisation.Repositories) + ":ref:refs/heads/main"),
            TrailStory.GitLabPipeline => ("gitlab.com", "project_path:" + _random.Of(Organisation.Repositories) + ":ref_type:branch:ref:main"),
            _ => ("oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE", "system:serviceaccount:shop:" + _random.Of(["cart", "search", "mailer"])),
        };
        var account = pipeline ? Organisation.ToolsAccount : Organisation.ProductionAccount;
        var arn = "arn:aws:iam::" + account + ":oidc-provider/" + provider;
        var caller = new Actor
        {
            Identity = Encoding.UTF8.GetBytes(
                "{\"type\":\"WebIdentityUser\",\"principalId\":\"" + arn + ":sts.amazonaws.com:" + subject + "\",\"userName\":\"" + subject + "\",\"identityProvider\":\"" + arn + "\"}"),
            Account = account,
            SourceIp = pipeline ? "198.51.100." + (1 + _random.Below(60)) : "192.0.2.40",
            UserAgent = pipeline ? story == TrailStory.CiPipeline ? "configure-aws-credentials-for-github-actions" : "aws-cli/2.31.4" : "aws-sdk-go-v2/1.39.2 os/linux lang/go#1.25.1",
            Story = story,
            Truth = Actor.Direct(OriginType.WebIdentityUser, subject, null, arn + ":sts.amazonaws.com:" + subject),
        };
        var time = Now;
        var (session, _) = Grant(new GrantPlan
        {
            Caller = caller,
            Role = pipeline ? "ci" : "shop-pods",
            Session = (pipeline ? "GitHubActions-" : "aws-sdk-go-") + _number,
            Account = account,
            Time = time,
            Action = "AssumeRoleWithWebIdentity",
            Story = story,
            MoreResponse = ",\"subjectFromWebIdentityToken\":\"" + subject + "\",\"audience\":\"sts.amazonaws.com\"",
        });
        ActOften(session, time, 2 + _random.Below(6), 4);
        if (!pipeline)
        {
            return;
        }

        var (deploy, _) = Grant(new GrantPlan
        {
            Caller = session,
            Role = "deploy",
            Session = "deploy-" + _number,
            Account = Organisation.ProductionAccount,
            Time = time + 30,
            Story = story,
        });
        ActOften(deploy, time + 30, 3 + _random.Below(6), 4);
    }

    /// <summary>The key in the grant is not the key in the actions; some sessions carry onBehalfOf, on some events.</summary>
    private void TellIdentityCenter() => SignInThroughIdentityCenter(TrailStory.IdentityCenter);

    private Actor SignInThroughIdentityCenter(TrailStory story)
    {
        var name = _random.Of(Organisation.SsoPeople);
        var caller = FederatedCaller(name + "@example.com", story);
        var role = "AWSReservedSSO_PowerUser_" + (0xa1b2c3d4 + (uint)name.Length).ToString("x");
        var account = _random.Of(Organisation.Accounts);
        var time = AloneInItsSecond(account, role, name + "@example.com", Now);
        var (session, _) = Grant(new GrantPlan
        {
            Caller = caller,
            Role = role,
            Session = name + "@example.com",
            Account = account,
            Time = time,
            Action = "AssumeRoleWithSAML",
            Path = "/aws-reserved/sso.amazonaws.com/",
            DurationSeconds = 43_200,
            Story = story,
            NeverMissing = true,
        });
        if (_random.Chance(0.5))
        {
            var user = "90678ab1-" + Organisation.PrincipalId("", name, "0").ToLowerInvariant();
            session.Truth.OriginType = OriginType.IdentityCenterUser;
            session.Truth.OriginId = user;
            var behalf = Actor.RoleIdentity(
                session.Role, session.Session, session.Account, _forge.NextKey(session.Account), Iso(time),
                ",\"onBehalfOf\":{\"userId\":\"" + user + "\",\"identityStoreArn\":\"arn:aws:identitystore::111122223333:identitystore/d-0123456789\"}");
            Act(session, time + 9, behalf);
            Act(session, time + 12, behalf);
        }

        for (var i = 0; i < 2 + _random.Below(6); i++)
        {
            Act(session, time + 2 + (i * 4), Actor.RoleIdentity(
                session.Role, session.Session, session.Account, _forge.NextKey(session.Account), Iso(time), path: "/aws-reserved/sso.amazonaws.com/"));
        }

        return session;
    }

    private Actor FederatedCaller(string user, TrailStory story) => new()
    {
        Identity = Encoding.UTF8.GetBytes(
            "{\"type\":\"SAMLUser\",\"principalId\":\"xyzEXAMPLE=:" + user + "\",\"userName\":\"" + user + "\",\"identityProvider\":\"xyzEXAMPLE=\"}"),
        Account = Organisation.IdentityAccount,
        SourceIp = "203.0.113." + (80 + (user.Length & 31)),
        UserAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36",
        Story = story,
        Truth = Actor.Direct(OriginType.SAMLUser, user, null, "xyzEXAMPLE=:" + user),
    };

    private void TellSaml()
    {
        var user = _random.Of(Organisation.SsoPeople) + "@example.com";
        var time = AloneInItsSecond(Organisation.AuditAccount, "saml-analyst", user, Now);
        var (session, _) = Grant(new GrantPlan
        {
            Caller = FederatedCaller(user, TrailStory.SamlUser),
            Role = "saml-analyst",
            Session = user,
            Account = Organisation.AuditAccount,
            Time = time,
            Action = "AssumeRoleWithSAML",
            Story = TrailStory.SamlUser,
        });
        ActOften(session, time, 3 + _random.Below(4), 8);
    }
}
