using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace TrailStream.Core.Attribution;

/// <summary>By account: grants of roles, and uses of roles for which no grant is known. Belongs to one worker, which adds it to the stream's
/// <see cref="FeedHealth"/> after each batch.</summary>
public sealed class FeedTally
{
    private readonly Dictionary<long, FeedCounts> _byAccount = [];

    internal IReadOnlyDictionary<long, FeedCounts> ByAccount => _byAccount;

    /// <summary>A role was used, and nothing is known of where its session came from.</summary>
    /// <param name="account">The role's account, 12 digits; anything else is not counted.</param>
    public void AddUnexplained(ReadOnlySpan<byte> account)
    {
        if (TryParse(account, out var number))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_byAccount, number, out _).Unexplained++;
        }
    }

    /// <summary>A role of this account was granted.</summary>
    public void AddGrant(ReadOnlySpan<byte> account)
    {
        if (TryParse(account, out var number))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_byAccount, number, out _).Grants++;
        }
    }

    public void Clear() => _byAccount.Clear();

    private bool TryParse(ReadOnlySpan<byte> account, out long number)
    {
        number = 0;
        return account.Length == 12 && Utf8Parser.TryParse(account, out number, out var used) && used == 12
            && (_byAccount.Count < FeedHealth.AccountsMax || _byAccount.ContainsKey(number));
    }
}

internal struct FeedCounts
{
    public long Unexplained;
    public long Grants;
}
