using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TrailStream.Core.Sessions;

/// <summary>A seeded 64-bit hash of short byte strings (multiply-fold, 8 bytes a step). Names in events are chosen by attackers, hence the seed;
/// equality is always checked on the bytes behind it.</summary>
internal static class Hashing
{
    private const ulong Prime1 = 0xA0761D6478BD642F;
    private const ulong Prime2 = 0xE7037ED1A0B428DB;

    public static ulong Of(ReadOnlySpan<byte> text, ulong seed)
    {
        var hash = seed ^ Prime1;
        var length = text.Length;
        while (text.Length >= 8)
        {
            hash = Fold(hash ^ MemoryMarshal.Read<ulong>(text), Prime2);
            text = text[8..];
        }

        ulong tail = 0;
        for (var i = 0; i < text.Length; i++)
        {
            tail |= (ulong)text[i] << (8 * i);
        }

        return Fold(hash ^ tail, Prime1 ^ ((ulong)length << 32));
    }

    public static ulong Combine(ulong hash, ulong value) => Fold(BitOperations.RotateLeft(hash, 23) ^ value, Prime2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a | 1, b, out var low);
        return high ^ low ^ a;
    }
}
