using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>event.*</c>. Owned by one writer.</summary>
internal sealed class EventSection
{
    /// <summary>The text of the last moment asked for: all events of a batch have one.</summary>
    private readonly ByteBuffer _ingested = new(32);

    private long _ingestedAt = long.MinValue;

    public void Write(in EcsEvent source, long ingestedAt, bool withOriginal, MemberWriter members)
    {
        if (ingestedAt != _ingestedAt)
        {
            _ingested.Clear();
            DocumentTime.Write(ingestedAt, _ingested);
            _ingestedAt = ingestedAt;
        }

        var mark = members.Open("\"event\":{\"kind\":\"event\",\"module\":\"aws\",\"dataset\":\"aws.cloudtrail\","u8);
        ref var to = ref members.Room();
        to = ref FieldRun.Add(ref to, "\"id\":\""u8, RecordField.EventId, in source, members);
        to = ref FieldRun.Add(ref to, "\"provider\":\""u8, RecordField.EventSource, in source, members);
        to = ref FieldRun.Add(ref to, "\"action\":\""u8, RecordField.EventName, in source, members);
        members.Commit(ref to);
        members.Output.Append(ActionCategories.Of(source.Action));
        members.Output.Append(IsFailure(in source) ? "\"outcome\":\"failure\","u8 : "\"outcome\":\"success\","u8);
        members.Text("\"created\":\""u8, _ingested.Written);
        members.Text("\"ingested\":\""u8, _ingested.Written);
        if (withOriginal)
        {
            WriteOriginal(source.Record, members.Output);
        }

        members.Close(mark);
    }

    private static bool IsFailure(in EcsEvent source)
    {
        // A refused sign-in has no errorCode in some records: {"responseElements":{"ConsoleLogin":"Failure"}}
        if (source.Action.SequenceEqual("ConsoleLogin"u8))
        {
            var login = source.Free.Response.Text("ConsoleLogin"u8);
            if (login.SequenceEqual("Success"u8))
            {
                return false;
            }

            if (login.SequenceEqual("Failure"u8))
            {
                return true;
            }
        }

        return source.IsFailure;
    }

    /// <summary>The record as the content of a string: it is one line of JSON, so that only quotes and backslashes need an escape.</summary>
    private static void WriteOriginal(ReadOnlySpan<byte> record, ByteBuffer output)
    {
        output.Append("\"original\":\""u8);
        while (true)
        {
            var special = record.IndexOfAny((byte)'"', (byte)'\\');
            if (special < 0)
            {
                break;
            }

            output.Append(record[..special]);
            output.Append((byte)'\\');
            output.Append(record[special]);
            record = record[(special + 1)..];
        }

        output.Append(record);
        output.Append("\","u8);
    }
}
