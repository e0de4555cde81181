using TrailStream.Core.CloudTrail;
using TrailStream.Pipeline.Files;

namespace TrailStream.Enrich;

/// <summary>What gave no event: told apart (notifications, digests, messages of the transport) and not readable. Owned by the writer.</summary>
internal sealed class InputTally
{
    /// <summary>Problems listed one by one; the rest is counted. More would push the summary off the screen.</summary>
    public const int ListedMax = 20;

    private readonly List<InputProblem> _listed = [];
    private readonly long[] _toldApart = new long[Enum.GetValues<DecodeStatus>().Length];

    public IReadOnlyList<InputProblem> Listed => _listed;

    public long Problems { get; private set; }

    public void Add(InputProblem problem)
    {
        Problems++;
        if (_listed.Count < ListedMax)
        {
            _listed.Add(problem);
        }
    }

    public void Add(DecodeStatus status, string path, long position)
    {
        if (InputReasons.IsToldApart(status))
        {
            _toldApart[(int)status]++;
        }
        else
        {
            Add(new InputProblem(path, position, InputReasons.NameOf(status), ""));
        }
    }

    public IEnumerable<(DecodeStatus Status, long Count)> ToldApart() =>
        _toldApart.Select((count, i) => (Status: (DecodeStatus)i, Count: count)).Where(pair => pair.Count > 0);
}
