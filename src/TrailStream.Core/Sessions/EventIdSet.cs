namespace TrailStream.Core.Sessions;

/// <summary>The further event ids of one grant (the other account's record of it, deliveries under another id), sorted, kept as one text in the form
/// in which documents list them: <c>id1","id2","id3</c>. An id cannot hold the separator: a raw JSON string has no bare quote.</summary>
internal static class EventIdSet
{
    /// <summary>Ids kept at most, the lowest ones. A call is recorded in two accounts; more than that is replay or anonymised data.</summary>
    public const int IdsMax = 8;

    private static ReadOnlySpan<byte> Separator => "\",\""u8;

    /// <summary>The text of the set with one more id. Takes over the reference to <paramref name="set"/>.</summary>
    public static int Add(TextPool texts, int set, ReadOnlySpan<byte> id)
    {
        if (id.IsEmpty || id.Length > 128)
        {
            return set;
        }

        Span<byte> joined = stackalloc byte[TextPool.TextBytesMax];
        var length = 0;
        var count = 0;
        var placed = false;
        var rest = texts[set];
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf(Separator);
            var next = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + Separator.Length)..];
            var order = placed ? 1 : id.SequenceCompareTo(next);
            if (order == 0)
            {
                return set;
            }

            if (order < 0)
            {
                Append(joined, ref length, ref count, id);
                placed = true;
            }

            Append(joined, ref length, ref count, next);
        }

        if (!placed)
        {
            Append(joined, ref length, ref count, id);
        }

        var result = texts.Intern(joined[..length]);
        texts.Release(set);
        return result;
    }

    public static bool Contains(ReadOnlySpan<byte> set, ReadOnlySpan<byte> id)
    {
        while (!set.IsEmpty)
        {
            var end = set.IndexOf(Separator);
            if ((end < 0 ? set : set[..end]).SequenceEqual(id))
            {
                return true;
            }

            set = end < 0 ? default : set[(end + Separator.Length)..];
        }

        return false;
    }

    private static void Append(Span<byte> joined, ref int length, ref int count, ReadOnlySpan<byte> id)
    {
        if (count == IdsMax)
        {
            return;
        }

        if (count++ > 0)
        {
            Separator.CopyTo(joined[length..]);
            length += Separator.Length;
        }

        id.CopyTo(joined[length..]);
        length += id.Length;
    }
}
