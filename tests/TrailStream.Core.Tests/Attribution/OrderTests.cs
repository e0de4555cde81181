using System.Globalization;
using System.Text;
using CsCheck;
using TrailStream.Core.Attribution;
using Xunit;
using static TrailStream.Core.Tests.Attribution.TestEvents;

namespace TrailStream.Core.Tests.Attribution;

/// <summary>Small worlds with few roles, keys, names and seconds, so that grants are twins, rivals, forgeries and circles all the time. Whatever the order of
/// delivery: the last document of each event is the same, and on the way there each change of a document raises its rank and wakes the event.</summary>
public sealed class OrderTests
{
    private enum Kind
    {
        Grant,
        Use,
        Switch,
        UserCall,
    }

    private readonly record struct Fact(Kind Kind, int Key, int Caller, int Second, int Name, int Extra);

    private static readonly Gen<Fact> Facts = Gen.Select(
        Gen.Frequency((5, Gen.Const(Kind.Grant)), (4, Gen.Const(Kind.Use)), (1, Gen.Const(Kind.Switch)), (1, Gen.Const(Kind.UserCall))),
        Gen.Int[0, 5], Gen.Int[0, 11], Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 9],
        (kind, key, caller, second, name, extra) => new Fact(kind, key, caller, second, name, extra));

    private static readonly Gen<Fact[]> Worlds = Facts.Array[2, 9].Select(facts => facts.Distinct().ToArray());

    [Fact]
    public void LastDocument_IsTheSame_WhateverTheOrder() => Gen.Select(Worlds, Gen.Int).Sample(
        (facts, seed) =>
        {
            var straight = Deliver(facts);
            var order = Enumerable.Range(0, facts.Length).ToArray();
            new Random(seed).Shuffle(order);
            var shuffled = Deliver([.. order.Select(i => facts[i])]);
            foreach (var (id, document) in straight)
            {
                Assert.True(document == shuffled[id], $"{document}\n{shuffled[id]}");
            }
        },
        iter: 4000,
        print: world => string.Join("\n", world.Item1.Select(Record)));

    /// <summary>Delivers one after the other; after each, every event there is attributed again.</summary>
    /// <returns>The last documents.</returns>
    private static Dictionary<string, string> Deliver(Fact[] facts)
    {
        using var trail = new Trail();
        var last = new List<(Verdict Verdict, string Document)>();
        foreach (var fact in facts)
        {
            var woken = trail.Wakes.Count;
            trail.Add(Record(fact));
            for (var i = 0; i < trail.Events.Count; i++)
            {
                var now = Attribute(trail, i);
                if (i < last.Count)
                {
                    Compare(last[i], now, trail.Wakes.Skip(woken).ToHashSet());
                    last[i] = now;
                }
                else
                {
                    last.Add(now);
                }
            }
        }

        return Enumerable.Range(0, last.Count).ToDictionary(trail.EventId, i => last[i].Document);
    }

    private static void Compare((Verdict Verdict, string Document) before, (Verdict Verdict, string Document) now, HashSet<ulong> wakes)
    {
        var changes = $"{before.Verdict.Rank:x} {before.Document}\n{now.Verdict.Rank:x} {now.Document}";
        Assert.True(now.Verdict.Rank >= before.Verdict.Rank, $"lower:\n{changes}");
        if (now.Document == before.Document)
        {
            return;
        }

        Assert.True(now.Verdict.Rank > before.Verdict.Rank, $"another document of one rank:\n{changes}");
        Assert.True(wakes.Contains(before.Verdict.WaitsFor1) || wakes.Contains(before.Verdict.WaitsFor2), $"not woken:\n{changes}");

        // Nobody waits for a contradiction, nor for Identity Center's statement about a role that is not its own.
        var isContradiction = now.Verdict.Reason is AttributionReason.Conflict or AttributionReason.Cycle or AttributionReason.OnBehalfOf
            || changes.Contains("on_behalf_of", StringComparison.Ordinal) || changes.Contains("IdentityCenterUser", StringComparison.Ordinal)
            || now.Verdict.Rank >= EvidenceRank.Conflict;

        // Nor for further records of one grant (AWS writes one an account): all that they change is which of them is shown.
        var isFurtherRecord = AboveIds(before.Verdict.Rank) == AboveIds(now.Verdict.Rank);
        Assert.True(before.Verdict.Waits || isContradiction || isFurtherRecord, $"was final:\n{changes}");
    }

    /// <summary>The rank without the number of records that prove it.</summary>
    private static long AboveIds(long rank) => (rank - EvidenceRank.Pending) >> RankCode.TopBit;

    private static (Verdict Verdict, string Document) Attribute(Trail trail, int number)
    {
        trail.Index.EnterRead();
        try
        {
            var record = trail.Events.Record(number);
            ref var fields = ref trail.Events[number].Fields;
            var verdict = trail.Attributor.Attribute(record, in fields, graceOver: true);
            return (verdict, Encoding.UTF8.GetString(trail.Attributor.Write(record, in fields, in verdict, 0, 1, coveragePartial: false).Json));
        }
        finally
        {
            trail.Index.ExitRead();
        }
    }

    private static string Record(Fact fact)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{(int)fact.Kind}{fact.Key}{fact.Caller:x}{fact.Second}{fact.Name}{fact.Extra}");
        var time = Time(fact.Second);
        return fact.Kind switch
        {
            Kind.Grant => Grant(Caller(fact), time, RoleOf(fact.Key), NameOf(fact.Name), Key(fact.Key), Account(fact.Key), id: id),
            Kind.Switch => Switch(fact, time, id),
            Kind.UserCall => Action(User(fact.Name == 0 ? "alice" : "bob"), time, id: id),
            _ => Action(Session(fact), "10:05:00", id: id),
        };
    }

    /// <summary>Who uses: with the issued key, with one that nobody issued, or with none.</summary>
    private static string Session(Fact fact) => TestEvents.Role(
        RoleOf(fact.Key), NameOf(fact.Name), Time(fact.Second), fact.Caller < 5 ? Key(fact.Key) : fact.Caller < 9 ? Key(40 + fact.Caller) : null, Account(fact.Key),
        More(fact.Extra));

    private static string More(int extra) => extra switch
    {
        0 => ",\"onBehalfOf\":{\"userId\":\"u-1\",\"identityStoreArn\":\"x\"}",
        1 => ",\"onBehalfOf\":{\"userId\":\"u-2\",\"identityStoreArn\":\"x\"}",
        2 => ",\"invokedBy\":\"cloudformation.amazonaws.com\"",
        3 => ",\"inScopeOf\":{\"issuerType\":\"AWS::Lambda::Function\",\"credentialsIssuedTo\":\"arn:aws:lambda:eu-west-1:111111111111:function:f\"}",
        _ => "",
    };

    private static string Caller(Fact fact) => fact.Caller switch
    {
        0 => User("alice"),
        1 => User("bob"),
        2 => External("AIDAALICEEXAMPLE"),
        3 => External("AIDABOBEXAMPLE"),
        4 => Service("ec2.amazonaws.com"),
        5 => """{"type":"SAMLUser","principalId":"x:carol@example.com","userName":"carol@example.com","identityProvider":"x"}""",

        // A session: of a key that is issued here, or to be found by its name and second.
        < 9 => TestEvents.Role(RoleOf(fact.Caller), NameOf(fact.Extra & 1), Time(fact.Second), Key(fact.Caller - 6), Account(fact.Caller), More(fact.Extra)),
        _ => TestEvents.Role(RoleOf(fact.Caller), NameOf(fact.Extra & 1), Time(fact.Second), Key(60 + fact.Caller), Account(fact.Caller), More(fact.Extra)),
    };

    private static string Switch(Fact fact, string time, string id)
    {
        var from = fact.Caller % 3 == 0 ? "arn:aws:iam::111111111111:user/alice" : fact.Caller % 3 == 1 ? "arn:aws:iam::111111111111:user/bob"
            : "arn:aws:sts::111111111111:assumed-role/role-0/alice";
        return Action(
            TestEvents.Role(RoleOf(fact.Key), NameOf(fact.Name), time, null, Account(fact.Key)), time, "SwitchRole", "signin.amazonaws.com",
            ",\"additionalEventData\":{\"SwitchFrom\":\"" + from + "\"}", id);
    }

    private static string RoleOf(int key) => (key % 3) == 0 ? "AWSReservedSSO_Admin_1" : "role-" + (key % 3);

    private static string Account(int key) => key % 2 == 0 ? "111111111111" : "222222222222";

    private static string NameOf(int name) => name == 0 ? "alice" : "build-7";

    private static string Time(int second) => $"10:00:0{second}";
}
