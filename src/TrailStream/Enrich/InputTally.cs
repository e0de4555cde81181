using TrailStream.Core.CloudTrail;
using TrailStream.Pipeline.Files;

namespace TrailStream.Enrich;

/// <summary>What gave no event: told apart (notifications, digests, messages of the transport) and not readable. Owned by the
/// writer.</summary>
internal sealed class InputTally
{
    /// <summary>Inputs with problems listed one by one; the rest is counted. More would push the summary off the screen.</summary>
    public const int ListedMax = 20;

    private readonly List<(InputProblem First, long Count)> _listed = [];
    private readonly long[] _toldApart = new long[Enum.GetValues<DecodeStatus>().Length];

    /// <summary>The first problem of each input, with how many it has.</summary>
    public IReadOnlyList<(InputProblem First, long Count)> Listed => _listed;

    /// <summary>Problems of inputs that are listed.</summary>
    public long ListedProblems => _listed.Sum(entry => entry.Count);

    public long Problems { get; private set; }

    public void Add(InputProblem problem)
    {
        Problems++;
        if (_listed.Count > 0 && _listed[^1].First.Path == problem.Path)
        {
            // Inputs are read one after the other: another problem of the same input directly follows.
            _listed[^1] = (_listed[^1].First, _listed[^1].Count + 1);
        }
        else if (_listed.Count < ListedMax)
        {
            _listed.Add((problem, 1));
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
