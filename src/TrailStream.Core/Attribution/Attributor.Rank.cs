using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <content>How much a verdict rests on, see <see cref="EvidenceRank"/>.</content>
public sealed partial class Attributor
{
    /// <summary>Candidates among candidates among candidates: beyond, only their number counts.</summary>
    private const int CandidateLevelsMax = 3;

    private void AddLink(ref Verdict verdict, in SessionJoin join, in SessionQuery query, bool explainsItself, int nothing)
    {
        ref var code = ref verdict.Code;
        code.AddLink(join.Method, join.Reason, join.Claims, join.Weight, explainsItself, nothing);
        if (join.Session != 0)
        {
            SetTop(ref code, join.Session);
        }

        if (join.Contrary != 0)
        {
            code.AddIds(Index[join.Contrary].EventIds);
        }
        else if (HasRivals(join.Method, join.Weight))
        {
            AddCandidates(ref code, in query, join.Weight == SessionJoin.Hopeless, 0);
        }
        else if (join.Session != 0)
        {
            AddChain(ref code, join.Session, 0);
        }
    }

    private void SetTop(ref RankCode code, int session)
    {
        ref var record = ref Index[session];
        var top = record.Head == 0 ? RankCode.TopUnknown
            : Index[record.Head].Has(SessionStates.CallerIsSession) ? RankCode.TopAsserted
            : !Index[record.Head].IsPoor ? RankCode.TopNamed
            : IsNamed(record.Head) ? RankCode.TopExternal : RankCode.TopAsserted;
        code.SetTop(record.Depth, top, record.Has(SessionStates.Contradicted));
    }

    private static bool HasRivals(AttributionMethod method, byte weight) => method == AttributionMethod.Session && weight > 1;

    /// <summary>What is known above and about a session, digit by digit.</summary>
    private void AddChain(ref RankCode code, int session, int level)
    {
        var head = Index[session].Head;
        for (var hops = 0; session != 0 && hops < AttributionWriter.HopsMax; hops++)
        {
            ref var record = ref Index[session];
            code.AddIds(record.EventIds);
            if (record.Claim != 0 && record.Claim == head)
            {
                code.AddIds(Index[head].EventIds);
            }

            if (!record.Has(SessionStates.CallerIsSession))
            {
                code.Add(!record.IsPoor ? RankCode.Head : IsNamed(session) ? RankCode.NamedExternal : RankCode.Asserted);
                return;
            }

            code.AddLink(
                record.LinkMethod, record.LinkReason, record.LinkClaims, record.LinkWeight, record.Has(SessionStates.CallerExplainsItself), RankCode.UnknownCaller);
            if (HasRivals(record.LinkMethod, record.LinkWeight))
            {
                if (level < CandidateLevelsMax)
                {
                    AddCandidates(ref code, Index.QueryOfCaller(in record, session), record.LinkWeight == SessionJoin.Hopeless, level + 1);
                }

                return;
            }

            // Round a circle until the digits are full: each link of it may still turn out to be another.
            session = record.Parent;
        }

        if (session != 0 && head != 0)
        {
            // The first hop is listed also where hops below it are not.
            code.AddIds(Index[head].EventIds);
        }
    }

    private void AddCandidates(ref RankCode code, in SessionQuery query, bool isHopeless, int level)
    {
        Span<int> candidates = stackalloc int[SessionIndex.CandidatesMax];
        var count = Index.Candidates(in query, candidates);
        var sum = 0UL;
        foreach (var candidate in candidates[..count])
        {
            var one = default(RankCode);
            AddChain(ref one, candidate, level);
            sum += one.Digits;
            code.AddIds(Index[candidate].EventIds);
        }

        if (!isHopeless)
        {
            code.AddRest(sum / (ulong)Math.Max(1, count));
        }
    }
}
