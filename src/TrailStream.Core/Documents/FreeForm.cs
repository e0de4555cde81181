using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>Rewrites one free-form JSON value (requestParameters and its like) in one pass into two cleaned forms: compact JSON
/// for the <c>flattened</c> field, and the text that Java's <c>Map.toString()</c> gives, <c>{k=v, k2={a=b}, l=[x, y]}</c>, which
/// Elastic's detection rules match. Null, "", "-", "none" and containers that are empty or become so are left out, as Elastic's
/// pipeline does. Keys are made unique, NUL-free and short, so that the value cannot fail the mapping. Owned by one writer.</summary>
internal sealed class FreeForm
{
    /// <summary>Longest Java text that is written. Lucene's limit for a term is 32 766 bytes; <c>wildcard</c> fields have none, but
    /// some engines
    /// index them as keywords. (Elastic's own mapping stops indexing after 8191 characters.)</summary>
    public const int MaxJavaBytes = 32_000;

    /// <summary>Longest string in the flattened copy. OpenSearch's <c>flat_object</c> makes one term of the whole path and the value
    /// and refuses
    /// the document where that is longer than 32 766 bytes; <see cref="MaxDepth"/> keys of <see cref="MaxKeyBytes"/> need 8192 of
    /// them.</summary>
    public const int MaxLeafBytes = 24_000;

    /// <summary>Longest key, in bytes. Key path, separator and value share one term of 32 766 bytes.</summary>
    public const int MaxKeyBytes = 511;

    /// <summary>Containers below this depth become text: <c>flattened</c> refuses the document beyond depth 20.</summary>
    public const int MaxDepth = 16;

    /// <summary>Deeper than the decoder lets anything through; a bound for the recursion all the same.</summary>
    private const int MaxRecursion = 128;

    /// <summary>Longer numbers are written as text: the engines' JSON parser refuses numbers of more than 1000 digits.</summary>
    private const int MaxNumberBytes = 64;

    /// <summary>Root members that can be looked up; the calls that are looked into have fewer than 20.</summary>
    private const int MaxMembers = 64;

    private readonly ByteBuffer _json = new(8 * 1024);
    private readonly ByteBuffer _java = new(8 * 1024);
    private readonly Member[] _members = new Member[MaxMembers];
    private readonly SiblingNames _names;
    private int _memberCount;

    public FreeForm() => _names = new SiblingNames(_json);

    /// <summary>What became of one value.</summary>
    private enum Outcome : byte
    {
        Kept,
        Dropped,
        Malformed,
    }

    /// <summary>True when anything was left of the value.</summary>
    public bool HasValue { get; private set; }

    /// <summary>True when the value is an object: the flattened fields take nothing else.</summary>
    public bool CanFlatten { get; private set; }

    /// <summary>True when the flattened copy does not hold the whole value.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The cleaned JSON.</summary>
    public ReadOnlySpan<byte> Json => _json.Written;

    /// <summary>The Java text as the content of a JSON string (escaped, quotes excluded).</summary>
    public ReadOnlySpan<byte> Java => _java.Written;

    /// <summary>The content of a string at the value's root member <paramref name="name"/>; empty where there is none.</summary>
    public ReadOnlySpan<byte> Text(ReadOnlySpan<byte> name)
    {
        var value = Value(name);
        return value.Length >= 2 && value[0] == '"' ? value[1..^1] : default;
    }

    /// <summary>The string at <paramref name="name"/>.<paramref name="inner"/>; empty where there is none.</summary>
    public ReadOnlySpan<byte> Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> inner)
    {
        var value = Value(name);
        if (value.Length == 0 || value[0] != '{')
        {
            return default;
        }

        foreach (var member in new CompactJson(value))
        {
            if (member.Name.SequenceEqual(inner) && member.Value[0] == '"')
            {
                return member.Value[1..^1];
            }
        }

        return default;
    }

    /// <summary>The cleaned JSON of a root member; empty where there is none.</summary>
    public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> name)
    {
        foreach (ref readonly var member in _members.AsSpan(0, _memberCount))
        {
            if (member.Name.In(_json).SequenceEqual(name))
            {
                return member.Value.In(_json);
            }
        }

        return default;
    }

    /// <summary>Forgets the value before.</summary>
    public void Clear()
    {
        _json.Clear();
        _java.Clear();
        _memberCount = 0;
        _names.Count = 0;
        HasValue = false;
        CanFlatten = false;
        IsCut = false;
    }

    /// <summary>Takes in the value of a record's member.</summary>
    public void Read(ReadOnlySpan<byte> record, Slice slice)
    {
        Clear();
        switch (slice.Kind)
        {
            case SliceKind.Missing or SliceKind.Null:
                return;
            case SliceKind.String or SliceKind.EscapedString:
                HasValue = !JsonText.IsEmptyWord(slice.In(record));
                if (HasValue)
                {
                    JsonText.Append(_java, slice.In(record), int.MaxValue);
                }

                return;
        }

        var source = new Source(slice.In(record));
        var outcome = ReadValue(ref source, 0);
        if (outcome == Outcome.Malformed)
        {
            // Not JSON after all: kept as the text that it is.
            Clear();
            AppendAsText(slice.In(record));
            HasValue = true;
            return;
        }

        HasValue = outcome == Outcome.Kept;
        CanFlatten = HasValue && slice.Kind == SliceKind.Object;
    }

    private Outcome ReadValue(ref Source source, int depth)
    {
        switch (source.Peek())
        {
            case (byte)'"':
                return ReadText(ref source);
            case (byte)'{':
                return ReadContainer(ref source, depth, isObject: true);
            case (byte)'[':
                return ReadContainer(ref source, depth, isObject: false);
            case (byte)'n':
                return source.Take("null"u8) ? Outcome.Dropped : Outcome.Malformed;
            case (byte)'t':
                return ReadWord(ref source, "true"u8);
            case (byte)'f':
                return ReadWord(ref source, "false"u8);
            default:
                return ReadNumber(ref source);
        }
    }

    private Outcome ReadText(ref Source source)
    {
        if (!source.TakeString(out var raw))
        {
            return Outcome.Malformed;
        }

        if (JsonText.IsEmptyWord(raw))
        {
            return Outcome.Dropped;
        }

        _json.Append((byte)'"');
        var start = _json.Length;
        if (JsonText.Append(_json, raw, MaxLeafBytes))
        {
            IsCut = true;
            JsonText.Append(_java, raw, int.MaxValue);
        }
        else
        {
            _java.Append(_json.Written[start..]);
        }

        _json.Append((byte)'"');
        return Outcome.Kept;
    }

    private Outcome ReadWord(ref Source source, ReadOnlySpan<byte> word)
    {
        if (!source.Take(word))
        {
            return Outcome.Malformed;
        }

        _json.Append(word);
        _java.Append(word);
        return Outcome.Kept;
    }

    private Outcome ReadNumber(ref Source source)
    {
        if (!source.TakeNumber(out var raw, out var isInteger))
        {
            return Outcome.Malformed;
        }

        if (raw.Length > MaxNumberBytes)
        {
            _json.Append((byte)'"');
            IsCut |= JsonText.Append(_json, raw, MaxLeafBytes);
            _json.Append((byte)'"');
            _java.Append(raw);
            return Outcome.Kept;
        }

        _json.Append(raw);
        JavaNumber.Append(raw, isInteger, _java);
        return Outcome.Kept;
    }

    private Outcome ReadContainer(ref Source source, int depth, bool isObject)
    {
        if (depth >= MaxRecursion)
        {
            return Outcome.Malformed;
        }

        int json = _json.Length, java = _java.Length, siblings = _names.Count;
        _json.Append(isObject ? (byte)'{' : (byte)'[');
        _java.Append(isObject ? (byte)'{' : (byte)'[');
        if (!ReadItems(ref source, depth, isObject, out var kept))
        {
            return Outcome.Malformed;
        }

        _names.Count = siblings;
        if (kept == 0)
        {
            _json.Truncate(json);
            _java.Truncate(java);
            return Outcome.Dropped;
        }

        _json.Append(isObject ? (byte)'}' : (byte)']');
        _java.Append(isObject ? (byte)'}' : (byte)']');
        if (depth == MaxDepth)
        {
            _json.Truncate(json);
            _json.Append((byte)'"');
            IsCut |= JsonText.Append(_json, _java.Written[java..], MaxLeafBytes);
            _json.Append((byte)'"');
        }

        return Outcome.Kept;
    }

    private bool ReadItems(ref Source source, int depth, bool isObject, out int kept)
    {
        kept = 0;
        source.Skip(1);
        var end = isObject ? (byte)'}' : (byte)']';
        if (source.Peek() == end)
        {
            source.Skip(1);
            return true;
        }

        var siblings = _names.Count;
        while (true)
        {
            int json = _json.Length, java = _java.Length;
            if (kept > 0)
            {
                _json.Append((byte)',');
                _java.Append(", "u8);
            }

            var outcome = isObject ? ReadMember(ref source, depth, siblings, json) : ReadValue(ref source, depth + 1);
            switch (outcome)
            {
                case Outcome.Malformed:
                    return false;
                case Outcome.Dropped:
                    _json.Truncate(json);
                    _java.Truncate(java);
                    break;
                default:
                    kept++;
                    break;
            }

            var next = source.Peek();
            source.Skip(1);
            if (next == end)
            {
                return true;
            }

            if (next != ',')
            {
                return false;
            }
        }
    }

    /// <summary>One member. The first of several with one name is kept in the JSON; the Java text shows them all, so that none can
    /// hide.</summary>
    private Outcome ReadMember(ref Source source, int depth, int siblings, int memberStart)
    {
        if (source.Peek() != '"' || !source.TakeString(out var raw))
        {
            return Outcome.Malformed;
        }

        _json.Append((byte)'"');
        var start = _json.Length;
        JsonText.Append(_json, raw, MaxKeyBytes, dropNul: true);
        if (_json.Length == start)
        {
            // A name without characters (or of NULs only) is refused by the engines.
            _json.Append((byte)'_');
        }

        var name = new BufferRange(start, _json.Length - start);
        _java.Append(name.In(_json));
        _json.Append("\":"u8);
        _java.Append((byte)'=');
        if (source.Peek() != ':')
        {
            return Outcome.Malformed;
        }

        source.Skip(1);
        var isRepeated = _names.Contains(name, siblings);
        var valueStart = _json.Length;
        var outcome = ReadValue(ref source, depth + 1);
        if (outcome != Outcome.Kept)
        {
            return outcome;
        }

        if (isRepeated)
        {
            _json.Truncate(memberStart);
            return Outcome.Kept;
        }

        _names.Add(name);
        if (depth == 0 && _memberCount < MaxMembers)
        {
            _members[_memberCount++] = new Member(name, new BufferRange(valueStart, _json.Length - valueStart));
        }

        return Outcome.Kept;
    }

    private void AppendAsText(ReadOnlySpan<byte> raw)
    {
        foreach (var value in raw)
        {
            switch (value)
            {
                case (byte)'"' or (byte)'\\':
                    _java.Append((byte)'\\');
                    _java.Append(value);
                    break;
                case < 0x20:
                    _java.Append((byte)' ');
                    break;
                default:
                    _java.Append(value);
                    break;
            }
        }
    }

    private readonly record struct Member(BufferRange Name, BufferRange Value);
}
