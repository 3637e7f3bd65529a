package hadirector.forward;

/// Token buckets, one per cell, each a single number: the time at which the bucket would be full again (the "virtual scheduling" form
/// of GCRA, ITU-T I.371). ICMP errors must be limited: RFC 1812 4.3.2.8, RFC 4443 2.4 (f).
public final class RateLimit {
    private static final long SECOND = 1_000_000_000L;

    private final long[] fullAt;
    private final long intervalNanos;
    private final long toleranceNanos;

    /// @param cells a power of two; different hashes may share one
    /// @param perSecond tokens that each cell gets
    /// @param burst tokens that it holds at most
    public RateLimit(int cells, int perSecond, int burst, long now) {
        if (Integer.bitCount(cells) != 1 || perSecond < 1 || burst < 1) {
            throw new IllegalArgumentException(cells + " cells of " + perSecond + "/s, burst " + burst);
        }
        fullAt = new long[cells];
        intervalNanos = SECOND / perSecond;
        toleranceNanos = intervalNanos * (burst - 1);
        java.util.Arrays.fill(fullAt, now);
    }

    /// Takes a token of the cell that the hash names, if there is one.
    public boolean take(int hash, long now) {
        int cell = hash & (fullAt.length - 1);
        long full = Math.max(fullAt[cell] - now, 0);
        if (full > toleranceNanos) {
            return false;
        }
        fullAt[cell] = now + full + intervalNanos;
        return true;
    }
}
