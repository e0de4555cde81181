using System.Text.Json;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <summary>What runs behind a service's or an identity provider's grant, as far as the grant itself shows it.</summary>
internal static class Workloads
{
    /// <summary>Subjects of web identities: <c>system:serviceaccount:NAMESPACE:NAME</c> (EKS), <c>repo:OWNER/NAME:…</c> (GitHub),
    /// <c>project_path:GROUP/NAME:…</c> (GitLab).</summary>
    public static void OfWebIdentity(ref Principal principal)
    {
        var subject = principal.Name;
        if (subject.StartsWith("system:serviceaccount:"u8))
        {
            var rest = subject["system:serviceaccount:"u8.Length..];
            var colon = rest.IndexOf((byte)':');
            if (colon > 0)
            {
                principal.WorkloadType = WorkloadType.ServiceAccount;
                principal.Namespace = rest[..colon];
                principal.WorkloadName = rest[(colon + 1)..];

                // arn:aws:iam::ACCOUNT:oidc-provider/oidc.eks.REGION.amazonaws.com/id/CLUSTER
                var id = principal.Provider.LastIndexOf("/id/"u8);
                principal.Cluster = id < 0 ? default : principal.Provider[(id + "/id/"u8.Length)..];
            }
        }
        else if (subject.StartsWith("repo:"u8) || subject.StartsWith("project_path:"u8))
        {
            var rest = subject[(subject.IndexOf((byte)':') + 1)..];
            var colon = rest.IndexOf((byte)':');
            principal.WorkloadType = subject[0] == (byte)'r' ? WorkloadType.Repository : WorkloadType.Project;
            principal.WorkloadName = colon < 0 ? rest : rest[..colon];
            principal.WorkloadId = subject;
            var slash = principal.WorkloadName.LastIndexOf((byte)'/');
            principal.Namespace = slash < 0 ? default : principal.WorkloadName[..slash];
        }
        else if (principal.Provider.SequenceEqual("cognito-identity.amazonaws.com"u8))
        {
            OfCognito(ref principal, subject);
        }
    }

    /// <summary>An identity of a Cognito pool, <c>REGION:UUID</c>: whom it stands for, only the pool's user directory knows.</summary>
    public static void OfCognito(ref Principal principal, ReadOnlySpan<byte> identityId)
    {
        principal.Type = OriginType.WebIdentityUser;
        principal.Name = identityId;
        principal.Provider = "cognito-identity.amazonaws.com"u8;
        principal.WorkloadType = WorkloadType.Identity;
        principal.WorkloadId = identityId;
    }

    /// <summary>Services name the workload in the session name: EC2 the instance, Lambda the function, ECS the task; RDS the instance's
    /// resource id; EKS pod identity in the session tags, Roles Anywhere the certificate's serial number (and its subject as source identity).</summary>
    public static void OfService(ref Principal principal, ReadOnlySpan<byte> sessionName, ReadOnlySpan<byte> tags, ReadOnlySpan<byte> sourceIdentity)
    {
        var service = principal.Name;
        if (service.SequenceEqual("ec2.amazonaws.com"u8) && sessionName.StartsWith("i-"u8))
        {
            principal.WorkloadType = WorkloadType.Instance;
            principal.WorkloadId = sessionName;
        }
        else if (service.SequenceEqual("lambda.amazonaws.com"u8))
        {
            principal.WorkloadType = WorkloadType.Function;
            principal.WorkloadName = sessionName;
        }
        else if (service.SequenceEqual("ecs-tasks.amazonaws.com"u8) || service.SequenceEqual("ecs.amazonaws.com"u8))
        {
            principal.WorkloadType = WorkloadType.Task;
            principal.WorkloadId = sessionName;
        }
        else if (service.SequenceEqual("pods.eks.amazonaws.com"u8))
        {
            principal.WorkloadType = WorkloadType.Pod;
            ReadPodTags(ref principal, tags);
        }
        else if (service.SequenceEqual("rds.amazonaws.com"u8) && sessionName.StartsWith("dbi-id-"u8))
        {
            principal.WorkloadType = WorkloadType.Database;
            principal.WorkloadId = sessionName["dbi-id-"u8.Length..];
        }
        else if (service.SequenceEqual("rolesanywhere.amazonaws.com"u8) && sourceIdentity.StartsWith("CN="u8))
        {
            principal.WorkloadType = WorkloadType.Certificate;
            principal.WorkloadId = sessionName;
            principal.WorkloadName = sourceIdentity;
        }
    }

    /// <summary><c>[{"key":"kubernetes-namespace","value":"…"},{"key":"kubernetes-service-account",…},{"key":"kubernetes-pod-name",…},
    /// {"key":"eks-cluster-name",…}]</c>; what is malformed is left out.</summary>
    private static void ReadPodTags(ref Principal principal, ReadOnlySpan<byte> tags)
    {
        var reader = new Utf8JsonReader(tags, new JsonReaderOptions { MaxDepth = 64 });
        ReadOnlySpan<byte> key = default;
        ReadOnlySpan<byte> value = default;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    // As bytes: unescaping a name with half a surrogate pair would throw.
                    var isKey = reader.ValueSpan.SequenceEqual("key"u8);
                    var isValue = reader.ValueSpan.SequenceEqual("value"u8);
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.String)
                    {
                        key = isKey ? reader.ValueSpan : key;
                        value = isValue ? reader.ValueSpan : value;
                    }
                }
                else if (reader.TokenType == JsonTokenType.EndObject)
                {
                    SetPodTag(ref principal, key, value);
                }
            }
        }
        catch (JsonException)
        {
            // The scanner has checked brackets and strings, not every scalar in between: what was read so far stands.
        }
    }

    private static void SetPodTag(ref Principal principal, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("kubernetes-namespace"u8))
        {
            principal.Namespace = value;
        }
        else if (key.SequenceEqual("kubernetes-service-account"u8))
        {
            principal.WorkloadName = value;
        }
        else if (key.SequenceEqual("kubernetes-pod-name"u8))
        {
            principal.WorkloadId = value;
        }
        else if (key.SequenceEqual("eks-cluster-name"u8))
        {
            principal.Cluster = value;
        }
    }
}
