using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace TrailStream.Core.CloudTrail;

/// <summary>One key that an object of a context may hold.</summary>
/// <param name="Name">The key.</param>
/// <param name="Slot">Where its value is kept, -1 for none.</param>
/// <param name="Context">The context of its value where that is an object, -1 for none.</param>
/// <param name="NamesIdentity">Standing twice makes the record ambiguous.</param>
internal readonly record struct KeyEntry(byte[] Name, int Slot, int Context, bool NamesIdentity);

/// <summary>The objects whose members the scanner looks at, and the keys in each. Holds what was learnt about the order of keys, so it
/// belongs to one worker: shared between two it was measured slower than none, by false sharing.</summary>
internal sealed unsafe class KeyContexts
{
    public const int Request = 0;
    public const int Response = 1;
    public const int Additional = 2;

    private readonly Context[] _contexts;

    private KeyContexts(Context[] contexts) => _contexts = contexts;

    public ref Context this[int context] => ref _contexts[context];

    /// <summary>Contexts of a record: 0 = its root. Paths as in <see cref="RecordField"/>.</summary>
    public static KeyContexts OfRecord()
    {
        var builder = new Builder();
        builder.Add("", "eventVersion", RecordField.EventVersion);
        builder.AddIdentity("", "eventID", RecordField.EventId);
        builder.AddIdentity("", "eventTime", RecordField.EventTime);
        builder.AddIdentity("", "eventSource", RecordField.EventSource);
        builder.AddIdentity("", "eventName", RecordField.EventName);
        builder.Add("", "eventType", RecordField.EventType);
        builder.Add("", "eventCategory", RecordField.EventCategory);
        builder.Add("", "awsRegion", RecordField.AwsRegion);
        builder.Add("", "sourceIPAddress", RecordField.SourceIpAddress);
        builder.Add("", "userAgent", RecordField.UserAgent);
        builder.AddIdentity("", "errorCode", RecordField.ErrorCode);
        builder.Add("", "errorMessage", RecordField.ErrorMessage);
        builder.Add("", "requestID", RecordField.RequestId);
        builder.Add("", "recipientAccountId", RecordField.RecipientAccountId);
        builder.AddIdentity("", "sharedEventID", RecordField.SharedEventId);
        builder.Add("", "readOnly", RecordField.ReadOnly);
        builder.Add("", "managementEvent", RecordField.ManagementEvent);
        builder.Add("", "apiVersion", RecordField.ApiVersion);
        builder.Add("", "vpcEndpointId", RecordField.VpcEndpointId);
        builder.Add("", "sessionCredentialFromConsole", RecordField.SessionCredentialFromConsole);
        builder.AddIdentity("", "requestParameters", RecordField.RequestParameters);
        builder.AddIdentity("", "responseElements", RecordField.ResponseElements);
        builder.AddIdentity("", "additionalEventData", RecordField.AdditionalEventData);
        builder.Add("", "serviceEventDetails", RecordField.ServiceEventDetails);
        builder.Add("", "resources", RecordField.Resources);
        builder.Add("", "tlsDetails", RecordField.TlsDetails);
        builder.Add("", "insightDetails", RecordField.InsightDetails);
        builder.Add("", "trailstream", RecordField.TrailStream);
        builder.AddIdentity("", "userIdentity", RecordField.UserIdentity);
        builder.AddIdentity("userIdentity", "type", RecordField.IdentityType);
        builder.AddIdentity("userIdentity", "principalId", RecordField.PrincipalId);
        builder.AddIdentity("userIdentity", "arn", RecordField.Arn);
        builder.AddIdentity("userIdentity", "accountId", RecordField.AccountId);
        builder.AddIdentity("userIdentity", "accessKeyId", RecordField.AccessKeyId);
        builder.AddIdentity("userIdentity", "userName", RecordField.UserName);
        builder.AddIdentity("userIdentity", "invokedBy", RecordField.InvokedBy);
        builder.AddIdentity("userIdentity", "identityProvider", RecordField.IdentityProvider);
        builder.AddIdentity("userIdentity", "credentialId", RecordField.CredentialId);
        builder.AddIdentity("userIdentity.onBehalfOf", "userId", RecordField.OnBehalfOfUserId);
        builder.AddIdentity("userIdentity.onBehalfOf", "identityStoreArn", RecordField.OnBehalfOfIdentityStoreArn);
        builder.AddIdentity("userIdentity.inScopeOf", "issuerType", RecordField.InScopeOfIssuerType);
        builder.AddIdentity("userIdentity.inScopeOf", "credentialsIssuedTo", RecordField.InScopeOfCredentialsIssuedTo);
        const string Session = "userIdentity.sessionContext";
        builder.AddIdentity(Session + ".attributes", "creationDate", RecordField.CreationDate);
        builder.AddIdentity(Session + ".attributes", "mfaAuthenticated", RecordField.MfaAuthenticated);
        builder.AddIdentity(Session + ".sessionIssuer", "type", RecordField.IssuerType);
        builder.AddIdentity(Session + ".sessionIssuer", "principalId", RecordField.IssuerPrincipalId);
        builder.AddIdentity(Session + ".sessionIssuer", "arn", RecordField.IssuerArn);
        builder.AddIdentity(Session + ".sessionIssuer", "accountId", RecordField.IssuerAccountId);
        builder.AddIdentity(Session + ".sessionIssuer", "userName", RecordField.IssuerUserName);
        builder.AddIdentity(Session + ".webIdFederationData", "federatedProvider", RecordField.FederatedProvider);
        builder.AddIdentity(Session, "sourceIdentity", RecordField.SourceIdentity);
        builder.AddIdentity(Session, "ec2RoleDelivery", RecordField.Ec2RoleDelivery);
        builder.AddIdentity(Session, "assumedRoot", RecordField.AssumedRoot);
        builder.AddIdentity(Session, "signInSessionArn", RecordField.SignInSessionArn);
        return builder.Build();
    }

    /// <summary>Contexts 0, 1, 2: requestParameters, responseElements, additionalEventData. Paths as in <see cref="GrantField"/>.</summary>
    public static KeyContexts OfGrant()
    {
        var builder = new Builder("request", "response", "additional");
        builder.Add("request", "roleArn", GrantField.RoleArn);
        builder.Add("request", "roleSessionName", GrantField.RoleSessionName);
        builder.Add("request", "durationSeconds", GrantField.DurationSeconds);
        builder.Add("request", "sourceIdentity", GrantField.RequestSourceIdentity);
        builder.Add("request", "principalArn", GrantField.SamlPrincipalArn);
        builder.Add("request", "targetPrincipal", GrantField.TargetPrincipal);
        builder.Add("request", "name", GrantField.FederationName);
        builder.Add("request", "serialNumber", GrantField.SerialNumber);
        builder.Add("request", "tags", GrantField.Tags);
        builder.Add("request", "identityId", GrantField.IdentityId);
        builder.Add("response.credentials", "accessKeyId", GrantField.IssuedAccessKeyId);
        builder.Add("response.credentials", "expiration", GrantField.Expiration);
        builder.Add("response.assumedRoleUser", "arn", GrantField.AssumedRoleUserArn);
        builder.Add("response.assumedRoleUser", "assumedRoleId", GrantField.AssumedRoleId);
        builder.Add("response.federatedUser", "arn", GrantField.FederatedUserArn);
        builder.Add("response.federatedUser", "federatedUserId", GrantField.FederatedUserId);
        builder.Add("response", "subject", GrantField.Subject);
        builder.Add("response", "issuer", GrantField.Issuer);
        builder.Add("response", "audience", GrantField.Audience);
        builder.Add("response", "provider", GrantField.Provider);
        builder.Add("response", "subjectFromWebIdentityToken", GrantField.WebIdentitySubject);
        builder.Add("response", "sourceIdentity", GrantField.ResponseSourceIdentity);
        builder.Add("response", "ConsoleLogin", GrantField.ConsoleLogin);
        builder.Add("additional", "SwitchFrom", GrantField.SwitchFrom);
        builder.Add("additional", "MFAUsed", GrantField.MfaUsed);
        return builder.Build();
    }

    /// <summary>The keys of one object, and which followed which.</summary>
    internal struct Context
    {
        private readonly KeyEntry[] _entries;

        // By previous key + 1 (0 = start of the object): the number of the key that followed last time, -1 = none of ours.
        private readonly int[] _followers;

        public Context(KeyEntry[] entries)
        {
            _entries = entries;
            _followers = new int[entries.Length + 1];
            for (var i = 0; i < _followers.Length; i++)
            {
                _followers[i] = i < entries.Length ? i : -1;
            }
        }

        public readonly ref KeyEntry Entry(int key) => ref _entries[key];

        /// <summary>The key at <paramref name="at"/> (behind its opening quote) if it is the one that followed last time; else -1.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly int Predict(int previous, byte* at, byte* end, out byte* keyEnd)
        {
            keyEnd = null;
            var key = _followers[previous];
            if (key < 0)
            {
                return -1;
            }

            var name = _entries[key].Name;
            if (end - at <= name.Length || at[name.Length] != '"'
                || !MemoryMarshal.CreateReadOnlySpan(ref *at, name.Length).SequenceEqual(name))
            {
                return -1;
            }

            keyEnd = at + name.Length;
            return key;
        }

        public readonly void Learn(int previous, int key) => _followers[previous] = key;

        public readonly int Find(ReadOnlySpan<byte> name)
        {
            for (var i = 0; i < _entries.Length; i++)
            {
                var candidate = _entries[i].Name;
                if (candidate.Length == name.Length && name.SequenceEqual(candidate))
                {
                    return i;
                }
            }

            return -1;
        }

        /// <summary>A key written with escapes is still that key: whoever reads the document sees it so.</summary>
        public readonly int FindEscaped(ReadOnlySpan<byte> raw)
        {
            Span<byte> plain = stackalloc byte[64];
            return raw.Length <= 6 * plain.Length && JsonText.TryUnescape(raw, plain, out var length) ? Find(plain[..length]) : -1;
        }
    }

    private sealed class Builder
    {
        private readonly List<List<KeyEntry>> _contexts = [];
        private readonly List<string> _paths = [];

        public Builder(params string[] roots)
        {
            foreach (var root in roots.Length == 0 ? [""] : roots)
            {
                _paths.Add(root);
                _contexts.Add([]);
            }
        }

        public void Add(string path, string key, RecordField field) => Set(ContextOf(path), key, (int)field, -1, identity: false);

        public void AddIdentity(string path, string key, RecordField field) => Set(ContextOf(path), key, (int)field, -1, identity: true);

        public void Add(string path, string key, GrantField field) => Set(ContextOf(path), key, (int)field, -1, identity: true);

        public KeyContexts Build() => new([.. _contexts.Select(entries => new Context([.. entries]))]);

        private int ContextOf(string path)
        {
            var found = _paths.IndexOf(path);
            if (found >= 0)
            {
                return found;
            }

            var dot = path.LastIndexOf('.');
            var parent = ContextOf(dot < 0 ? "" : path[..dot]);
            _paths.Add(path);
            _contexts.Add([]);
            Set(parent, path[(dot + 1)..], -1, _paths.Count - 1, identity: true);
            return _paths.Count - 1;
        }

        private void Set(int context, string key, int slot, int child, bool identity)
        {
            var name = Encoding.UTF8.GetBytes(key);
            var entries = _contexts[context];
            var existing = entries.FindIndex(entry => entry.Name.AsSpan().SequenceEqual(name));
            if (existing < 0)
            {
                entries.Add(new KeyEntry(name, slot, child, identity));
                return;
            }

            var entry = entries[existing];
            entries[existing] = entry with
            {
                Slot = slot >= 0 ? slot : entry.Slot,
                Context = child >= 0 ? child : entry.Context,
                NamesIdentity = identity || entry.NamesIdentity,
            };
        }
    }
}
