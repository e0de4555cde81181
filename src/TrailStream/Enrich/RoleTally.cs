using System.Text;

namespace TrailStream.Enrich;

/// <summary>Counts by role without making a string an event. Owned by one thread, merged at the end.</summary>
internal sealed class RoleTally
{
    /// <summary>Roles told apart; an organisation has fewer, and made-up ARNs must not fill the memory.</summary>
    private const int RolesMax = 50_000;

    private readonly Dictionary<byte[], long> _counts = new(new ByteKeys());
    private readonly Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;

    public RoleTally() => _bySpan = _counts.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Events of roles beyond the limit.</summary>
    public long Others { get; private set; }

    public void Add(ReadOnlySpan<byte> role, long count = 1)
    {
        if (_bySpan.TryGetValue(role, out var before))
        {
            _bySpan[role] = before + count;
        }
        else if (_counts.Count < RolesMax)
        {
            _counts.Add(role.ToArray(), count);
        }
        else
        {
            Others += count;
        }
    }

    public void Add(RoleTally other)
    {
        foreach (var (role, count) in other._counts)
        {
            Add(role, count);
        }

        Others += other.Others;
    }

    public IEnumerable<(string Role, long Count)> Top(int count) =>
        _counts.Select(pair => (Role: Encoding.UTF8.GetString(pair.Key), Count: pair.Value))
            .OrderByDescending(pair => pair.Count).ThenBy(pair => pair.Role, StringComparer.Ordinal).Take(count);

    private sealed class ByteKeys : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode((ReadOnlySpan<byte>)obj);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
