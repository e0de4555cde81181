using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

/// <summary>Stable principal ids (AIDA…) seen with an ARN and a name in any event, so that another account's record that holds only the id can
/// be named. Bounded; when full, new ids are not learnt, and counted. Guarded by the index lock.</summary>
internal sealed class PrincipalMap(ulong seed, TextPool texts) : IDisposable
{
    /// <summary>One million IAM users: far above any organisation's quota (5,000 an account), so only an attack fills it.</summary>
    public const int PrincipalsMax = 1_000_000;

    private readonly KeyTable _byId = new(seed);
    private readonly Slab<PrincipalRecord> _records = new();

    public long Refused { get; private set; }

    /// <summary>Principals are numbered from 1 to this.</summary>
    public int Count => _records.Count;

    /// <summary>The number of a principal, or 0.</summary>
    public int Find(ReadOnlySpan<byte> principalId)
    {
        var found = _byId.Find(Key(principalId));
        return found != 0 && texts[_records[found].IdText].SequenceEqual(principalId) ? found : 0;
    }

    public ref PrincipalRecord this[int principal] => ref _records[principal];

    /// <summary>Of several names of one id (a renamed user) the lowest ARN is kept, whichever came first.</summary>
    /// <returns>True when it was new.</returns>
    public bool Learn(ReadOnlySpan<byte> principalId, ReadOnlySpan<byte> arn, ReadOnlySpan<byte> name, ReadOnlySpan<byte> account)
    {
        if (principalId.IsEmpty || arn.IsEmpty)
        {
            return false;
        }

        var known = _byId.Find(Key(principalId));
        if (known != 0)
        {
            ref var record = ref _records[known];
            if (!texts[record.IdText].SequenceEqual(principalId) || arn.SequenceCompareTo(texts[record.ArnText]) >= 0)
            {
                return false;
            }

            texts.Release(record.ArnText);
            texts.Release(record.NameText);
            record.ArnText = texts.Intern(arn);
            record.NameText = texts.Intern(name);
            return true;
        }

        if (_records.Count >= PrincipalsMax)
        {
            Refused++;
            return false;
        }

        var number = _records.Allocate();
        _records[number] = new PrincipalRecord
        {
            IdText = texts.Intern(principalId),
            ArnText = texts.Intern(arn),
            NameText = texts.Intern(name),
            AccountText = texts.Intern(account),
            Type = OriginType.IAMUser,
        };
        _byId.Set(Key(principalId), number);
        return true;
    }

    public void Dispose()
    {
        _byId.Dispose();
        _records.Dispose();
    }

    private Key80 Key(ReadOnlySpan<byte> principalId) => new(Hashing.Of(principalId, seed ^ 5), 0);

    internal struct PrincipalRecord
    {
        public int IdText;
        public int ArnText;
        public int NameText;
        public int AccountText;
        public OriginType Type;
    }
}
