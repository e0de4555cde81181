using TrailStream.Pipeline.Setup.Kibana;
using static TrailStream.Pipeline.Setup.Kibana.Query;

namespace TrailStream.Engine.Tests.Setup;

/// <summary>What Elastic's rules on role assumption look at, in our own words, and beside some of them the question that an origin allows.</summary>
internal static class PrebuiltQueries
{
    private const string Type = "aws.cloudtrail.user_identity.type";

    public static readonly (string Label, Query Query)[] All =
    [
        ("chaining", Query.All(Is("event.action", "AssumeRole"), Is(Type, "AssumedRole"), Is("event.outcome", "success"))),
        ("by-user", Query.All(Is("event.action", "AssumeRole"), Is(Type, "IAMUser"))),
        ("by-service", Query.All(
            Is("event.action", "AssumeRole"), Is(Type, "AWSService"),
            Is("aws.cloudtrail.user_identity.invoked_by", "ec2.amazonaws.com", "lambda.amazonaws.com", "rds.amazonaws.com"))),
        ("token-iam", Query.All(
            Is("event.provider", "iam.amazonaws.com"), Is(Type, "IAMUser"), Like("aws.cloudtrail.user_identity.access_key_id", "ASIA*"),
            Not(Is("aws.cloudtrail.session_credential_from_console", "true")))),
        ("instance-by-session-name", Query.All(Is("event.action", "CreateUser"), Is(Type, "AssumedRole"), Like("user.id", "*:i-*"))),
        ("instance-by-origin", Query.All(
            Is("event.action", "CreateUser"), Is("trailstream.attribution.origin.type", "AWSService"), Is("trailstream.attribution.origin.workload.type", "instance"))),
        ("trust-policy", Query.All(Is("event.provider", "iam.amazonaws.com"), Is("event.action", "UpdateAssumeRolePolicy"), Is("user.name", "deploy"))),
        ("mfa", Query.All(Is("event.action", "AssumeRole"), Exists("aws.cloudtrail.flattened.request_parameters.serialNumber"))),
        ("caller-identity", Query.All(Is("event.action", "GetCallerIdentity"), Not(Is(Type, "AssumedRole")))),
        ("secret", Query.All(Is("event.provider", "secretsmanager.amazonaws.com"), Is("event.action", "GetSecretValue"), Is("user.name", "deploy"))),
        ("pod-grant", Query.All(
            Is("event.action", "AssumeRoleWithWebIdentity"), Like("user.name", "system:serviceaccount:*"),
            Like("aws.cloudtrail.response_elements", $"*accessKeyId={ResponderWorld.Key(10)},*"))),
        ("pod-use", Is("trailstream.attribution.chain.action", "AssumeRoleWithWebIdentity")),
    ];

    /// <summary>What the rules of kind new_terms remember.</summary>
    public static readonly (string Label, string[] Fields)[] Remembered =
    [
        ("chaining", ["aws.cloudtrail.user_identity.session_context.session_issuer.arn", "aws.cloudtrail.resources.arn"]),
        ("by-user", ["aws.cloudtrail.user_identity.arn", "aws.cloudtrail.resources.arn"]),
        ("by-service", ["aws.cloudtrail.user_identity.invoked_by", "aws.cloudtrail.resources.arn"]),
        ("token-iam", ["aws.cloudtrail.user_identity.arn"]),
        ("mfa", ["user.id", "aws.cloudtrail.flattened.request_parameters.serialNumber"]),
        ("secret", ["user.name", "cloud.account.id"]),
        ("trust-policy", ["user.name", "cloud.account.id"]),
    ];
}
