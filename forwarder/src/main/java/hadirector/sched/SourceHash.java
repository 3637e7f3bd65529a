package hadirector.sched;

/// The hash of a client's address for `sh` and `mh`, as IPVS without port flags. It has no seed: two directors must
/// agree on it.
public final class SourceHash {
    /// The last 8 bytes of an IPv4-mapped address of zeros.
    public static final long MAPPED = 0xffff_0000_0000L;

    private SourceHash() {}

    /// @param high the first 8 bytes of the address
    /// @param low the last 8; IPv4 is IPv4-mapped
    public static int of(long high, long low) {
        return (int) (Mix.of(Mix.of(high) + low) >>> 32);
    }

    /// The same for an IPv4 address.
    public static int of(int v4) {
        return of(0, MAPPED | Integer.toUnsignedLong(v4));
    }
}
