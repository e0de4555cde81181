namespace TrailStream.Core.Sessions;

/// <summary>The event ids of one grant (the other account's record of it, deliveries under another id), sorted, kept as one text in the form
/// in which documents list them: <c>id1","id2","id3</c>. An id cannot hold the separator: a raw JSON string has no bare quote.</summary>
internal static class EventIdSet
{
    /// <summary>Ids kept at most, the lowest ones, so that the set does not depend on the order in which they came. A call is recorded in two
    /// accounts; more than that is replay or anonymised data.</summary>
    public const int IdsMax = 8;

    private static ReadOnlySpan<byte> Separator => "\",\""u8;

    /// <summary>The text of the set with one more id. Takes over the reference to <paramref name="set"/>.</summary>
    /// <param name="texts">Where the set is kept.</param>
    /// <param name="set">0 for the empty set.</param>
    /// <param name="id">One id.</param>
    /// <param name="count">How many it holds then.</param>
    public static int Add(TextPool texts, int set, ReadOnlySpan<byte> id, out int count)
    {
        count = 0;
        Span<byte> joined = stackalloc byte[TextPool.TextBytesMax];
        var length = 0;
        var placed = id.IsEmpty || id.Length > 128;
        foreach (var next in new Ids(texts[set]))
        {
            var order = placed ? 1 : id.SequenceCompareTo(next);
            if (order < 0)
            {
                Append(joined, ref length, ref count, id);
            }

            placed |= order <= 0;
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

    /// <summary>The ids of a set, one after the other.</summary>
    public ref struct Ids(ReadOnlySpan<byte> set)
    {
        private ReadOnlySpan<byte> _rest = set;

        public ReadOnlySpan<byte> Current { get; private set; }

        public readonly Ids GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rest.IsEmpty)
            {
                return false;
            }

            var end = _rest.IndexOf(Separator);
            Current = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + Separator.Length)..];
            return true;
        }
    }
}
