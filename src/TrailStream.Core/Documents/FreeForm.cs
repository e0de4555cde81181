using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>Rewrites one free-form JSON value (requestParameters and its like) in one pass into two cleaned forms: compact JSON
/// for the <c>flattened</c> field, and the text that Java's <c>Map.toString()</c> gives, <c>{k=v, k2={a=b}, l=[x, y]}</c>, which
/// Elastic's detection rules match. Null, "", "-", "none" and containers that are empty or become so are left out, as Elastic's
/// pipeline does. Keys are made unique, NUL-free and short, so that the value cannot fail the mapping. Owned by one writer.</summary>
internal sealed unsafe partial class FreeForm
{
    /// <summary>Longest Java text that is written. Lucene's limit for a term is 32 766 bytes; <c>wildcard</c> fields have none, but some engines
    /// index them as keywords. (Elastic's own mapping stops indexing after 8191 characters.)</summary>
    public const int MaxJavaBytes = 32_000;

    /// <summary>Longest string in the flattened copy. OpenSearch's <c>flat_object</c> makes one term of the whole path and the value and refuses
    /// the document where that is longer than 32 766 bytes; <see cref="MaxDepth"/> keys of <see cref="MaxKeyBytes"/> need 8192 of them.</summary>
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

    /// <summary>Bit n: some root member's name has n bytes (mod 64). Most look-ups end here.</summary>
    private ulong _nameLengths;

    public FreeForm() => _names = new SiblingNames(_json);

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

    /// <summary>Root members that a look-up can find.</summary>
    public int Members => _memberCount;

    /// <summary>The content of a string at the value's root member <paramref name="name"/>, fit for a keyword; empty where there is none.</summary>
    public ReadOnlySpan<byte> Text(ReadOnlySpan<byte> name)
    {
        var value = Value(name);
        return value.Length >= 2 && value[0] == '"' ? JsonText.Fit(value[1..^1]) : default;
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
            if (member.Name.SequenceEqual(inner) && member.IsText)
            {
                return JsonText.Fit(member.Text);
            }
        }

        return default;
    }

    /// <summary>The cleaned JSON of a root member; empty where there is none.</summary>
    public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> name)
    {
        if ((_nameLengths & (1UL << name.Length)) == 0)
        {
            return default;
        }

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
    private void Clear()
    {
        _json.Clear();
        _java.Clear();
        _memberCount = 0;
        _nameLengths = 0;
        _names.Count = 0;
        HasValue = false;
        CanFlatten = false;
        IsCut = false;
    }

    /// <summary>Takes in the value of a record's member.</summary>
    public void Read(ReadOnlySpan<byte> record, Slice slice)
    {
        if (HasValue)
        {
            Clear();
        }

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

        var outcome = Rewrite(record, slice);
        if (outcome == Outcome.Malformed)
        {
            // Not JSON after all: kept as the text that it is.
            Clear();
            AppendAsText(slice.In(record));
            HasValue = true;
            return;
        }

        if (outcome == Outcome.Dropped)
        {
            Clear();
            return;
        }

        HasValue = true;
        CanFlatten = slice.Kind == SliceKind.Object;
    }

    private Outcome Rewrite(ReadOnlySpan<byte> record, Slice slice)
    {
        fixed (byte* start = record)
        {
            _at = start + slice.Offset;
            _end = _at + slice.Length;
            _readable = start + record.Length;
            MakeRoom();
            return ReadValue(0);
        }
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
