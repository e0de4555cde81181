using System.Net;
using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup;

/// <summary>The API key that the stream writes with: it has the writer role's privileges and no more. One that still serves is kept.</summary>
/// <param name="connection">With the privileges of who sets up.</param>
/// <param name="file">File that takes the key; null to hand it back.</param>
/// <param name="days">Days it is valid; 0 for ever.</param>
/// <param name="clock">Tells what has expired.</param>
internal sealed class WriterKey(SetupConnection connection, string? file, int days, TimeProvider clock)
{
    public const string Name = "trailstream-writer";

    private const string What = "API key";

    /// <summary>Set-up that runs weekly renews a key in time.</summary>
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(14);

    /// <summary>The new key, base64 of "id:key", if one was made and goes to no file.</summary>
    public string? Secret { get; private set; }

    public async Task<SetupRow> InstallAsync(bool isDryRun, CancellationToken cancellationToken)
    {
        var idInFile = file is null ? null : ApiKeyFile.IdIn(file);
        var found = await FindAsync(idInFile, cancellationToken).ConfigureAwait(false);
        if (found.Refusal is not null)
        {
            return new SetupRow(What, Name, SetupOutcome.Failed, "may not be looked at: " + found.Refusal);
        }

        if (found.Detail is not null)
        {
            return new SetupRow(What, Name, SetupOutcome.Unchanged, found.Detail);
        }

        var where = file is null ? "" : $" into {file}";
        return isDryRun
            ? new SetupRow(What, Name, SetupOutcome.Created, (Expiry() is { } valid ? $"valid for {valid}" : "valid for ever") + where)
            : await CreateAsync(idInFile, cancellationToken).ConfigureAwait(false);
    }

    /// <summary><c>POST /_security/api_key</c> of this name, these privileges.</summary>
    public static JsonObject Request(int days, string host)
    {
        var privileges = Privileges.Writer();
        var request = new JsonObject
        {
            ["name"] = Name,
            ["role_descriptors"] = new JsonObject { ["trailstream_writer"] = privileges },
            ["metadata"] = new JsonObject
            {
                ["managed_by"] = SetupObject.Owner,
                ["version"] = SetupObject.Version,
                ["content"] = SetupObject.HashOf(privileges),
                ["host"] = host,
            },
        };
        if (days > 0)
        {
            request["expiration"] = $"{days}d";
        }

        return request;
    }

    /// <summary>A key that serves: of this name, of these privileges, not about to expire; with a file, the one that is in it.
    /// <c>{"api_keys":[{"id":…,"invalidated":false,"expiration":1795429141480,"metadata":{…}}]}</c></summary>
    private async Task<(string? Detail, string? Refusal)> FindAsync(string? idInFile, CancellationToken cancellationToken)
    {
        if (file is not null && idInFile is null)
        {
            return (null, null);
        }

        var query = idInFile is null ? "name=" + Name : "id=" + Uri.EscapeDataString(idInFile);
        var answer = await connection.SendAsync(HttpMethod.Get, "/_security/api_key?" + query, null, cancellationToken).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.NotFound)
        {
            return (null, null);
        }

        if (!answer.IsSuccess)
        {
            return (null, answer.Refusal);
        }

        var content = SetupObject.HashOf(Privileges.Writer());
        foreach (var key in answer.Body.GetProperty("api_keys").EnumerateArray())
        {
            var mark = key.TryGetProperty("metadata", out var metadata) ? ObjectInstaller.Mark.Read(metadata) : default;
            var expires = key.TryGetProperty("expiration", out var milliseconds)
                ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds.GetInt64())
                : (DateTimeOffset?)null;
            if (mark.IsOurs && mark.Content == content && !key.GetProperty("invalidated").GetBoolean() && !(expires < clock.GetUtcNow() + RenewBefore))
            {
                return ($"{key.GetProperty("id").GetString()}, " + (expires is null ? "does not expire" : $"valid until {expires:yyyy-MM-dd}"), null);
            }
        }

        return (null, null);
    }

    private async Task<SetupRow> CreateAsync(string? replaced, CancellationToken cancellationToken)
    {
        using var target = file is null ? null : new ApiKeyFile(file);
        var answer = await connection.SendAsync(
            HttpMethod.Post, "/_security/api_key", Request(days, Environment.MachineName), cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            // "creating derived api keys requires an explicit role descriptor that is empty"
            var isDerived = answer.Refusal.Contains("derived", StringComparison.Ordinal);
            var why = isDerived ? "an API key cannot make keys with privileges: set up with --username" : answer.Refusal;
            return new SetupRow(What, Name, SetupOutcome.Failed, why);
        }

        // {"id":"VuaCfG…","name":"trailstream-writer","expiration":1795429141480,"api_key":"…","encoded":"base64 of id:api_key"}
        var encoded = answer.Body.GetProperty("encoded").GetString()!;
        target?.Write(encoded);
        Secret = target is null ? encoded : null;
        var valid = Expiry() is { } time ? $"valid for {time}" : "valid for ever";
        var detail = $"{answer.Body.GetProperty("id").GetString()}, {valid}" + (file is null ? "" : $", in {file}");
        return new SetupRow(
            What, Name, replaced is null ? SetupOutcome.Created : SetupOutcome.Upgraded,
            detail + (replaced is null ? "" : $"; invalidate {replaced} once every node has the new one"));
    }

    private string? Expiry() => days > 0 ? $"{days} days" : null;
}
