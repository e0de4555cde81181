using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>event.*</c>.</summary>
internal static class EventSection
{
    public static void Write(in EcsEvent source, MemberWriter members)
    {
        var mark = members.Open("\"event\":{"u8);
        members.Text("\"id\":"u8, source.Text(RecordField.EventId));
        members.Name("\"kind\":\"event\",\"module\":\"aws\",\"dataset\":\"aws.cloudtrail\""u8);
        members.Text("\"provider\":"u8, source.Provider);
        members.Text("\"action\":"u8, source.Action);
        members.Name(ActionCategories.Of(source.Action));
        WriteOutcome(in source, members);
        members.Time("\"created\":"u8, source.IngestedAt);

        // The same moment again: its text stands right there, 24 characters and a quote before the end.
        var created = members.Output.Length - 25;
        members.Name("\"ingested\":\""u8);
        members.Output.Reserve(25);
        members.Output.Append(members.Output.Written.Slice(created, 25));
        members.Close(mark);
    }

    private static void WriteOutcome(in EcsEvent source, MemberWriter members)
    {
        // A refused sign-in has no errorCode in some records: {"responseElements":{"ConsoleLogin":"Failure"}}
        var outcome = source.IsFailure;
        if (source.Action.SequenceEqual("ConsoleLogin"u8))
        {
            var login = source.Free.Response.Text("ConsoleLogin"u8);
            if (login.SequenceEqual("Success"u8))
            {
                outcome = false;
            }
            else if (login.SequenceEqual("Failure"u8))
            {
                outcome = true;
            }
        }

        members.Name(outcome ? "\"outcome\":\"failure\""u8 : "\"outcome\":\"success\""u8);
    }
}
