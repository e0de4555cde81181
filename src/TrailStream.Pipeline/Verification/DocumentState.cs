using System.Text.Json;
using TrailStream.Core.Attribution;

namespace TrailStream.Pipeline.Verification;

/// <summary>Reads how far a document's attribution is.</summary>
internal static class DocumentState
{
    public static readonly string Pending = Codes.NameOf(AttributionStatus.Pending);

    /// <summary>True when <c>trailstream.attribution.status</c> of a document, in either form, is <c>pending</c>.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static bool IsPending(ReadOnlySpan<byte> document)
    {
        var reader = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = 128 });
        return Enter(ref reader, "trailstream"u8, JsonTokenType.StartObject) && Enter(ref reader, "attribution"u8, JsonTokenType.StartObject)
            && Enter(ref reader, "status"u8, JsonTokenType.String) && reader.ValueTextEquals(Pending);
    }

    /// <summary>Steps into the object's start and to the value of a member; false where it is of another kind.</summary>
    private static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, JsonTokenType kind)
    {
        if (reader.TokenType == JsonTokenType.None)
        {
            reader.Read();
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSought = reader.ValueTextEquals(name);
            reader.Read();
            if (isSought)
            {
                return reader.TokenType == kind;
            }

            reader.Skip();
        }

        return false;
    }
}
