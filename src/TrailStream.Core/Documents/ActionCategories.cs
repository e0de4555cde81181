using System.Text;

namespace TrailStream.Core.Documents;

/// <summary>The ECS category and types of a CloudTrail action, as the members they become:
/// <c>"category":["iam"],"type":["user","change"],</c>. Actions that are not listed have the type "info" and no category, like in Elastic's
/// integration, whose rules ask for <c>info where …</c>.</summary>
internal static class ActionCategories
{
    private const int Slots = 1024;

    private static readonly byte[] Other = "\"type\":[\"info\"],"u8.ToArray();

    /// <summary>category / types / actions. Actions whose types Elastic's integration leaves at the default keep "info" among their own:
    /// rules that say <c>info where event.action == …</c> must go on matching them.</summary>
    private static readonly string[][] Groups =
    [
        ["authentication", "info",
            "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetFederationToken "
            + "GetSessionToken GetCallerIdentity ConsoleLogin SwitchRole ExitRole RenewRole CheckMfa "
            + "UserAuthentication CredentialChallenge CredentialVerification CreateToken"],
        ["iam", "user,creation", "CreateUser"],
        ["iam", "user,deletion", "DeleteUser"],
        ["iam", "user,info",
            "GetUser GetUserPolicy ListAttachedUserPolicies ListUserPolicies ListUsers ListUserTags "
            + "GetLoginProfile ListAccessKeys ListMFADevices"],
        ["iam", "user,change",
            "AttachUserPolicy ChangePassword CreateAccessKey CreateVirtualMFADevice DeactivateMFADevice "
            + "DeleteAccessKey DeleteSSHPublicKey DeleteUserPermissionsBoundary DeleteUserPolicy "
            + "DeleteVirtualMFADevice DetachUserPolicy EnableMFADevice PutUserPermissionsBoundary PutUserPolicy "
            + "TagUser UntagUser UpdateAccessKey UpdateLoginProfile UpdateSSHPublicKey UpdateUser"],
        ["iam", "user,change,info",
            "CreateLoginProfile DeleteLoginProfile ResyncMFADevice UploadSSHPublicKey"],
        ["iam", "group,creation", "CreateGroup"],
        ["iam", "group,deletion", "DeleteGroup"],
        ["iam", "group,info",
            "GetGroup GetGroupPolicy ListAttachedGroupPolicies ListGroupPolicies ListGroups ListGroupsForUser"],
        ["iam", "group,change",
            "AddUserToGroup AttachGroupPolicy DeleteGroupPolicy DetachGroupPolicy PutGroupPolicy "
            + "RemoveUserFromGroup UpdateGroup"],
        ["iam", "admin,creation", "CreateKeyPair"],
        ["iam", "admin,creation,info",
            "CreateRole CreatePolicy CreatePolicyVersion CreateInstanceProfile CreateServiceLinkedRole"],
        ["iam", "admin,deletion,info",
            "DeleteRole DeletePolicy DeletePolicyVersion DeleteInstanceProfile DeleteServiceLinkedRole"],
        ["iam", "admin,change",
            "SetDefaultPolicyVersion SetSecurityTokenServicePreferences UpdateAccountPasswordPolicy "
            + "UpdateRole"],
        ["iam", "admin,change,info",
            "UpdateAssumeRolePolicy AttachRolePolicy DetachRolePolicy PutRolePolicy DeleteRolePolicy "
            + "PutRolePermissionsBoundary DeleteRolePermissionsBoundary AddRoleToInstanceProfile "
            + "RemoveRoleFromInstanceProfile CreateSAMLProvider UpdateSAMLProvider DeleteSAMLProvider "
            + "CreateOpenIDConnectProvider DeleteOpenIDConnectProvider TagRole UntagRole"],
        ["file", "creation", "CreateBucket"],
        ["file", "creation,info", "PutObject CopyObject CompleteMultipartUpload"],
        ["file", "deletion", "DeleteBucket"],
        ["file", "deletion,info", "DeleteObject DeleteObjects"],
        ["file", "access,info", "GetObject HeadObject"],
        ["file", "change,info",
            "PutBucketPolicy DeleteBucketPolicy PutBucketAcl PutObjectAcl PutBucketPublicAccessBlock"],
        ["file", "info", "ListBuckets ListObjects HeadBucket GetBucketAcl GetBucketPolicy"],
        ["host", "info", "DescribeInstances DescribeVolumes DescribeImages DescribeSnapshots"],
        ["host", "start,info", "RunInstances StartInstances"],
        ["host", "end,info", "StopInstances TerminateInstances"],
        ["network", "info",
            "DescribeSecurityGroups DescribeVpcs DescribeSubnets DescribeNetworkInterfaces "
            + "DescribeNetworkAcls DescribeRouteTables DescribeInternetGateways DescribeAddresses "
            + "DescribeFlowLogs"],
        ["network", "change,info",
            "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "
            + "RevokeSecurityGroupEgress ModifySecurityGroupRules CreateNetworkAclEntry ReplaceNetworkAclEntry "
            + "DeleteNetworkAclEntry CreateRoute DeleteRoute"],
        ["session", "start,info", "StartSession ResumeSession"],
        ["session", "end,info", "TerminateSession"],
        ["configuration", "creation,info", "CreateTrail CreateTopic Subscribe"],
        ["configuration", "deletion,info", "DeleteTrail DeleteTopic Unsubscribe DeleteFlowLogs DeleteDetector"],
        ["configuration", "change,info",
            "UpdateTrail StopLogging StartLogging PutEventSelectors StopConfigurationRecorder "
            + "DeleteConfigurationRecorder"],
        ["process", "start,info", "SendCommand"],
    ];

    private static readonly Entry?[] Table = Build();

    /// <summary>The members "category" and "type" of an action.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> action)
    {
        for (var slot = Hash(action); ; slot = (slot + 1) & (Slots - 1))
        {
            var entry = Table[slot];
            if (entry is null)
            {
                return Other;
            }

            if (action.SequenceEqual(entry.Action))
            {
                return entry.Members;
            }
        }
    }

    private static int Hash(ReadOnlySpan<byte> action) => (int)(ByteHash.Of(action) & (Slots - 1));

    private static Entry?[] Build()
    {
        var table = new Entry?[Slots];
        foreach (var group in Groups)
        {
            var types = string.Join("\",\"", group[1].Split(','));
            var members = Encoding.ASCII.GetBytes($"\"category\":[\"{group[0]}\"],\"type\":[\"{types}\"],");
            foreach (var name in group[2].Split(' '))
            {
                var action = Encoding.ASCII.GetBytes(name);
                var slot = Hash(action);
                while (table[slot] is not null)
                {
                    slot = (slot + 1) & (Slots - 1);
                }

                table[slot] = new Entry(action, members);
            }
        }

        return table;
    }

    private sealed record Entry(byte[] Action, byte[] Members);
}
