using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TrailStream.Core.Documents;

/// <summary>A quick hash of short texts for tables in memory. Whoever knows it can make texts collide: every table that uses it is bounded.</summary>
internal static class ByteHash
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    /// <summary>Eight bytes at a time, so that no multiplication waits for the one before; the last bytes may count twice.</summary>
    public static uint Of(ReadOnlySpan<byte> name)
    {
        ref var first = ref MemoryMarshal.GetReference(name);
        var hash = (ulong)name.Length * Multiplier;
        if (name.Length < 8)
        {
            for (var at = 0; at < name.Length; at++)
            {
                hash = (hash ^ Unsafe.Add(ref first, at)) * Multiplier;
            }

            return (uint)(hash >> 32);
        }

        for (var at = 0; at <= name.Length - 8; at += 8)
        {
            hash = BitOperations.RotateLeft(hash, 23) + (Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at)) * Multiplier);
        }

        hash = BitOperations.RotateLeft(hash, 23) + (Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, name.Length - 8)) * Multiplier);
        return (uint)((hash ^ (hash >> 29)) * Multiplier >> 32);
    }

    /// <summary>Length and the eight bytes at both ends: enough to tell most of a few texts apart, for filters whose hits are compared anyway.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint OfEnds(ReadOnlySpan<byte> text)
    {
        if (text.Length < 8)
        {
            return Of(text);
        }

        ref var first = ref MemoryMarshal.GetReference(text);
        var head = Unsafe.ReadUnaligned<ulong>(ref first);
        var tail = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, text.Length - 8));
        return (uint)(((head + (ulong)text.Length) ^ BitOperations.RotateLeft(tail, 29)) * Multiplier >> 32);
    }
}
