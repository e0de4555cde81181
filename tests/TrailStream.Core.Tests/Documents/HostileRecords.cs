namespace TrailStream.Core.Tests.Documents;

/// <summary>Records that a caller of AWS could shape to break a mapping, a parser or a rule: each must still become a document.</summary>
internal static class HostileRecords
{
    public static IEnumerable<string> All()
    {
        yield return With("""{"a":1,"a":2,"\u0061":3}""");
        yield return With("""{"nul\u0000key":"x\u0000y","\u0000":1,"":2}""");
        yield return With("""{"a.b":1,"a":{"b":2},".":3,"..":4,"a..b":5,"a.":6,".a":7," ":8}""");
        yield return With("{\"deep\":" + Repeat("{\"k\":", 60) + "1" + Repeat("}", 60) + "}");
        yield return With("{\"deep\":" + Repeat("[", 60) + "1" + Repeat("]", 60) + "}");
        yield return With("{\"" + new string('k', 60_000) + "\":1}");
        yield return With("{\"long\":\"" + new string('v', 100_000) + "\"}");
        yield return With("{\"wide\":\"" + Repeat("\u20ac", 20_000) + "\"}");
        yield return With("{\"half\":\"" + Repeat("\\ud83d", 9_000) + "\",\"whole\":\"\\ud83d\\ude00\"}");
        yield return With("{\"n\":" + new string('9', 5000) + ",\"e\":1e999999,\"m\":-0.0,\"f\":1.50}");
        yield return With("""{"mixed":[1,"a",true,null,{"b":[[],[1]]},[],{}]}""");
        yield return With("""{"mixed":[{"a":1},"s"],"o":{"mixed":"s"}}""");
        yield return With("\"only text\"");
        yield return With("""["a",{"b":1}]""");
        yield return With("17");
        yield return With("{" + string.Join(',', Enumerable.Range(0, 3000).Select(n => $"\"k{n}\":{n}")) + "}");
        yield return With("{\"path\":" + Repeat("{\"" + new string('p', 600) + "\":", 20) + "\"" + new string('v', 40_000) + "\"" + Repeat("}", 20) + "}");
        yield return """
            {"eventVersion":{"a":1},"eventID":"h2","eventTime":"2026-11-23T10:15:32Z","eventSource":["x"],"eventName":7,
            "awsRegion":true,"sourceIPAddress":"300.1.1.1","userAgent":{"x":"y"},"errorCode":["a","b"],"errorMessage":{"m":"n"},"readOnly":"maybe",
            "managementEvent":{"a":true},"resources":{"ARN":"x"},"tlsDetails":"none","insightDetails":"x","requestParameters":null,
            "userIdentity":{"type":["a"],"arn":5,"sessionContext":{"attributes":{"creationDate":"yesterday","mfaAuthenticated":{}}}}}
            """;
        yield return """
            {"eventVersion":"1.08","eventID":"h3","eventTime":"2026-11-23T10:15:32Z","eventSource":"s3.amazonaws.com","eventName":"GetObject",
            "userIdentity":"nobody","resources":[{"ARN":5},{"type":"x","type":"y"},"z",[1],{"arn":{"a":1}}]}
            """;
        yield return """{"eventID":"h4","eventTime":"0001-01-01T00:00:00Z","eventName":"X","errorMessage":"E","userAgent":"U"}"""
            .Replace("\"E\"", "\"" + new string('e', 50_000) + "\"", StringComparison.Ordinal)
            .Replace("\"U\"", "\"" + Repeat("\\u20ac", 50_000) + "\"", StringComparison.Ordinal);
        yield return """{"eventID":"h5","eventTime":"9999-12-31T23:59:59Z","eventName":"X","sourceIPAddress":"::ffff:1.2.3.4"}""";
        yield return "{}";
    }

    private static string With(string request) =>
        """
        {"eventVersion":"1.08","eventID":"h1","eventTime":"2026-11-23T10:15:32Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser",
        "sourceIPAddress":"2001:db8::1","userIdentity":{"type":"IAMUser","userName":"mallory"},"requestParameters":
        """ + request + "}";

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
