package hadirector.conn;

import java.util.SplittableRandom;

/// The hash of a tuple as a packet shows it: protocol, source, destination. Java and BPF compute the same. Secret by its words, or
/// clients could choose ports that collide.
///
/// Multilinear over 32-bit words (strongly universal: Lemire and Kaser, "Strongly universal string hashing is fast", 2014), modulo
/// 2^64; then one multiplication more, as the consecutive ports of a client are an arithmetic progression and would stay one:
/// ```
/// h = k0 + protocol*k1 + (sport<<16 | dport)*k2 + s0*k3 + s1*k4 + s2*k5 + s3*k6 + d0*k7 + d1*k8 + d2*k9 + d3*k10
/// hash = ((h ^ h >>> 32) * FINISH) >>> 32
/// ```
/// Words are unsigned; `s0`..`s3` are the source address from its first bytes on, IPv4 as `0, 0, 0xffff, a`.
public final class KeyHash {
    /// Number of secret words.
    public static final int WORDS = 11;

    /// The multiplier of the last step: 2^64 divided by the golden ratio, odd.
    public static final long FINISH = 0x9e3779b97f4a7c15L;

    private static final long MASK_32 = 0xffff_ffffL;

    private final long[] k;

    /// @param seed secret, if that matters
    public KeyHash(long seed) {
        k = new SplittableRandom(seed).longs(WORDS).toArray();
    }

    /// The secret word `i`, 0 to 10.
    public long word(int i) {
        return k[i];
    }

    /// @param protocol number, and ports, as unsigned values
    public int of(
            int protocol,
            long sourceHigh,
            long sourceLow,
            int sourcePort,
            long destinationHigh,
            long destinationLow,
            int destinationPort) {
        long h = k[10] * (destinationLow & MASK_32)
                + k[9] * (destinationLow >>> 32)
                + k[8] * (destinationHigh & MASK_32)
                + k[7] * (destinationHigh >>> 32)
                + k[6] * (sourceLow & MASK_32)
                + k[5] * (sourceLow >>> 32)
                + k[4] * (sourceHigh & MASK_32)
                + k[3] * (sourceHigh >>> 32)
                + k[2] * ((long) sourcePort << 16 | destinationPort)
                + k[1] * protocol
                + k[0];
        return (int) (((h ^ h >>> 32) * FINISH) >>> 32);
    }
}
