package hadirector.sched;

/// A bijection of 64 bits in which every input bit reaches every output bit (the finalizer of MurmurHash3, with the
/// constants of David Stafford's variant 13).
final class Mix {
    private Mix() {}

    static long of(long value) {
        long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }

    /// `hash` scaled from 32 unsigned bits to `[0, bound)`.
    static long scale(int hash, long bound) {
        return (Integer.toUnsignedLong(hash) * bound) >>> 32;
    }
}
