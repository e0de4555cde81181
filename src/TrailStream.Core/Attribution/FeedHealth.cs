using System.Runtime.InteropServices;

namespace TrailStream.Core.Attribution;

/// <summary>Notices accounts whose grants do not reach the feed: their roles are used again and again, and not one AssumeRole was ever seen. The usual causes
/// are a trail that leaves out read-only management events and an EventBridge rule in its default state; a rarer one is somebody who stopped the trail.
/// Thread-safe.</summary>
public sealed class FeedHealth
{
    /// <summary>Accounts counted at most: ten times the largest organisations AWS allows by default. Further ones are not watched.</summary>
    public const int AccountsMax = 100_000;

    /// <summary>Unexplained uses before an account counts as silent: a first start sees some before the first grant, but not so many.</summary>
    public const int UnexplainedMin = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, FeedCounts> _byAccount = [];
    private int _silent;

    /// <summary>Accounts of which no grant was ever seen, and <see cref="UnexplainedMin"/> uses or more that need one.</summary>
    public int SilentAccounts => Volatile.Read(ref _silent);

    /// <summary>Takes over what a worker has counted, and empties it.</summary>
    /// <returns>Accounts that have become silent by it: to be told once. Null where there is none.</returns>
    public IReadOnlyList<string>? Add(FeedTally tally)
    {
        if (tally.ByAccount.Count == 0)
        {
            return null;
        }

        List<string>? news = null;
        lock (_lock)
        {
            foreach (var (account, added) in tally.ByAccount)
            {
                if (_byAccount.Count >= AccountsMax && !_byAccount.ContainsKey(account))
                {
                    continue;
                }

                ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_byAccount, account, out _);
                var wasSilent = IsSilent(in counts);
                counts.Unexplained += added.Unexplained;
                counts.Grants += added.Grants;
                var isSilent = IsSilent(in counts);
                _silent += (isSilent ? 1 : 0) - (wasSilent ? 1 : 0);
                if (isSilent && !wasSilent)
                {
                    (news ??= []).Add(account.ToString("D12", System.Globalization.CultureInfo.InvariantCulture));
                }
            }
        }

        tally.Clear();
        return news;
    }

    private static bool IsSilent(in FeedCounts counts) => counts is { Grants: 0, Unexplained: >= UnexplainedMin };
}
