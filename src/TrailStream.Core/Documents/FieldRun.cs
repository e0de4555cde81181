using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>Members that are single texts of the record, one behind the other: <see cref="MemberWriter.Room"/> gives the place, each call writes there and
/// gives the place behind, <see cref="MemberWriter.Commit"/> ends the run. Room is looked for once a run and the place stays in a register: it is this
/// that most of a document's members are made of.</summary>
internal static class FieldRun
{
    /// <summary>Texts of up to this many bytes (ids, names, short ARNs) are copied as two vectors, whatever their length.</summary>
    private const int PairBytes = 64;

    /// <summary>Longest name, with its quotes and colon and the quote behind it, of a member of a run.</summary>
    private const int NameBytes = 48;

    /// <summary>Members of the longest run.</summary>
    private const int MostMembers = 24;

    /// <summary>Room that any run needs for texts of up to <see cref="PairBytes"/>; longer ones see to their own.</summary>
    public const int Bytes = MostMembers * (NameBytes + PairBytes + 2);

    /// <summary>Writes the member that the record's field becomes; nothing where the field is missing or says nothing.</summary>
    /// <param name="to">Where.</param>
    /// <param name="name">Name, colon and opening quote.</param>
    /// <param name="field">The record's field.</param>
    /// <param name="source">The event.</param>
    /// <param name="members">Whose room it is.</param>
    /// <returns>The place behind.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref byte Add(ref byte to, scoped ReadOnlySpan<byte> name, RecordField field, scoped in EcsEvent source, MemberWriter members)
    {
        // Words that say nothing have up to four bytes; behind 64 bytes from the record's end vectors would read beyond it.
        var slice = source.Fields[field];
        if (slice.IsPlain(5, PairBytes) && slice.Offset <= source.Record.Length - PairBytes)
        {
            ref var from = ref Unsafe.Add(ref MemoryMarshal.GetReference(source.Record), slice.Offset);
            name.CopyTo(MemoryMarshal.CreateSpan(ref to, name.Length));
            ref var text = ref Unsafe.Add(ref to, name.Length);
            Vector256.LoadUnsafe(ref from).StoreUnsafe(ref text);
            Vector256.LoadUnsafe(ref from, 32).StoreUnsafe(ref text, 32);
            ref var end = ref Unsafe.Add(ref text, slice.Length);
            Unsafe.WriteUnaligned(ref end, (ushort)('"' | (',' << 8)));
            return ref Unsafe.Add(ref end, 2);
        }

        return ref slice.IsPresent ? ref AddSlowly(ref to, name, field, in source, members) : ref to;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ref byte AddSlowly(ref byte to, scoped ReadOnlySpan<byte> name, RecordField field, scoped in EcsEvent source, MemberWriter members)
    {
        var text = source.Text(field);
        if (text.IsEmpty)
        {
            return ref to;
        }

        members.Commit(ref to);
        members.Output.Append(name, text, (byte)'"', (byte)',');
        return ref members.Room();
    }
}
