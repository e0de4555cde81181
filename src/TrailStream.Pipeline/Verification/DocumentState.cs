using System.Text.Json;
using TrailStream.Core.Attribution;

namespace TrailStream.Pipeline.Verification;

/// <summary>Reads how far a document's attribution is.</summary>
internal static class DocumentState
{
    public static readonly string Pending = Codes.NameOf(AttributionStatus.Pending);

    /// <summary>Finds <c>trailstream.attribution.{status,revision}</c> at the root of a document, in either form.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static bool TryRead(ref Utf8JsonReader reader, out string? status, out int revision)
    {
        (status, revision) = (null, 0);
        if (!Enter(ref reader, "trailstream"u8) || !Enter(ref reader, "attribution"u8))
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isStatus = reader.ValueTextEquals("status"u8);
            var isRevision = reader.ValueTextEquals("revision"u8);
            reader.Read();
            if (isStatus && reader.TokenType == JsonTokenType.String)
            {
                status = reader.GetString();
            }
            else if (isRevision && reader.TokenType == JsonTokenType.Number)
            {
                _ = reader.TryGetInt32(out revision);
            }
            else
            {
                reader.Skip();
            }
        }

        return true;
    }

    /// <summary>Steps into the object's start and to the value of a member.</summary>
    private static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
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
                return reader.TokenType == JsonTokenType.StartObject;
            }

            reader.Skip();
        }

        return false;
    }
}
