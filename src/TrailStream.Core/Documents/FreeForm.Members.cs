using System.Runtime.CompilerServices;

namespace TrailStream.Core.Documents;

/// <content>Members of objects.</content>
internal sealed unsafe partial class FreeForm
{
    /// <summary>One member. The first of several with one name is kept in the JSON; the Java text shows them all, so that none can hide.</summary>
    private Outcome ReadMember(int depth, int siblings, ref ulong filter, int memberStart)
    {
        if (Peek() != '"')
        {
            return Outcome.Malformed;
        }

        if (!TryReadPlainMember(out var name, out var valueStart))
        {
            name = ReadName();
            if (name.Length < 0 || Peek() != ':')
            {
                return Outcome.Malformed;
            }

            _at++;
            valueStart = _json.Length;
            var outcome = ReadValue(depth + 1);
            if (outcome != Outcome.Kept)
            {
                return outcome;
            }
        }

        if (!_names.TryAdd(name, siblings, ref filter))
        {
            IsCut |= _names.Count - siblings == SiblingNames.MaxNames;
            _json.Truncate(memberStart);
        }
        else if (depth == 0 && _memberCount < MaxMembers)
        {
            _nameLengths |= 1UL << name.Length;
            _members[_memberCount++] = new Member(name, new BufferRange(valueStart, _json.Length - valueStart));
        }

        return Outcome.Kept;
    }

    /// <summary>A member as most are, <c>"name":"value"</c> without escapes or spaces between, in one go.</summary>
    /// <returns>False for any other: nothing has been taken.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadPlainMember(out BufferRange name, out int valueStart)
    {
        const int ColonAndQuote = ':' | ('"' << 8);
        (name, valueStart) = (default, 0);
        ref var json = ref _json.Ahead(0);
        ref var java = ref _java.Ahead(0);
        var length = CopyString(_at, ref Unsafe.Add(ref json, 1), ref java);
        var colon = _at + length + 2;
        if (length is <= 0 or > MaxKeyBytes || colon + 1 >= _end || Unsafe.ReadUnaligned<ushort>(colon) != ColonAndQuote)
        {
            return false;
        }

        ref var jsonValue = ref Unsafe.Add(ref json, length + 3);
        var valueLength = CopyString(colon + 1, ref Unsafe.Add(ref jsonValue, 1), ref Unsafe.Add(ref java, length + 1));
        if (valueLength is <= 4 or > MaxLeafBytes)
        {
            // Of up to four bytes are the words that say nothing.
            return false;
        }

        json = (byte)'"';
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref json, length + 1), (ushort)('"' | (':' << 8)));
        jsonValue = (byte)'"';
        Unsafe.Add(ref jsonValue, valueLength + 1) = (byte)'"';
        Unsafe.Add(ref java, length) = (byte)'=';
        name = new BufferRange(_json.Length + 1, length);
        valueStart = _json.Length + length + 3;
        _json.Advance(length + valueLength + 5);
        _java.Advance(length + 1 + valueLength);
        _at = colon + valueLength + 3;
        return true;
    }

    /// <summary>A member's name with quotes and colon in the JSON, with an equals sign in the Java text.</summary>
    /// <returns>Its place in the JSON; a negative length where it is no string.</returns>
    private BufferRange ReadName()
    {
        var start = _json.Length + 1;
        var length = CopyString(_at, ref _json.Ahead(1), ref _java.Ahead(0));
        if (length is <= 0 or > MaxKeyBytes)
        {
            return ReadNameSlowly(start);
        }

        _json.Ahead(0) = (byte)'"';
        Unsafe.WriteUnaligned(ref _json.Ahead(length + 1), (ushort)('"' | (':' << 8)));
        _json.Advance(length + 3);
        _java.Ahead(length) = (byte)'=';
        _java.Advance(length + 1);
        _at += length + 2;
        return new BufferRange(start, length);
    }

    private BufferRange ReadNameSlowly(int start)
    {
        if (!TakeString(out var raw))
        {
            return new BufferRange(0, -1);
        }

        _json.Append((byte)'"');
        JsonText.Append(_json, raw, MaxKeyBytes, dropNul: true);
        if (_json.Length == start)
        {
            // A name without characters (or of NULs only) is refused by the engines.
            _json.Append((byte)'_');
        }

        var name = new BufferRange(start, _json.Length - start);
        _java.Append(name.In(_json));
        _java.Append((byte)'=');
        _json.Append("\":"u8);
        MakeRoom();
        return name;
    }
}
