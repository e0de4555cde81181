using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Enrich;

/// <summary>What the summary says about events. One per worker, merged at the end.</summary>
internal sealed class EnrichCounters
{
    private readonly long[] _byStatus = new long[Enum.GetValues<AttributionStatus>().Length];
    private readonly long[] _byReason = new long[Enum.GetValues<AttributionReason>().Length];

    public long Events => _byStatus.Sum();

    /// <summary>Roles whose use nobody explains.</summary>
    public RoleTally Roles { get; } = new();

    public long this[AttributionStatus status] => _byStatus[(int)status];

    public void Add(ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict)
    {
        _byStatus[(int)verdict.Status]++;
        _byReason[(int)verdict.Reason]++;
        if (verdict.Status is AttributionStatus.Unattributed or AttributionStatus.Partial)
        {
            var role = fields[RecordField.IssuerArn].HasText ? fields[RecordField.IssuerArn] : fields[RecordField.Arn];
            Roles.Add(role.HasText ? role.In(record) : "(no role)"u8);
        }
    }

    public void Add(EnrichCounters other)
    {
        for (var i = 0; i < _byStatus.Length; i++)
        {
            _byStatus[i] += other._byStatus[i];
        }

        for (var i = 0; i < _byReason.Length; i++)
        {
            _byReason[i] += other._byReason[i];
        }

        Roles.Add(other.Roles);
    }

    public IEnumerable<(string Name, long Count)> ByStatus() =>
        _byStatus.Select((count, i) => (Name: Codes.NameOf((AttributionStatus)i), Count: count)).Where(pair => pair.Count > 0)
            .OrderByDescending(pair => pair.Count);

    public IEnumerable<(string Name, long Count)> ByReason() =>
        _byReason.Select((count, i) => (Name: Codes.NameOf((AttributionReason)i), Count: count)).Where(pair => pair.Count > 0)
            .OrderByDescending(pair => pair.Count);
}
