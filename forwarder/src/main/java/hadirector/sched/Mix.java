package hadirector.sched;

/// A bijection of 64 bits in which every input bit reaches every output bit (the finalizer of MurmurHash3, with the
/// constants of David Stafford's variant 13). The BPF programs compute the same, from these constants.
public final class Mix {
    public static final int SHIFT_1 = 30;
    public static final long FACTOR_1 = 0xbf58476d1ce4e5b9L;
    public static final int SHIFT_2 = 27;
    public static final long FACTOR_2 = 0x94d049bb133111ebL;
    public static final int SHIFT_3 = 31;

    private Mix() {}

    static long of(long value) {
        long mixed = (value ^ value >>> SHIFT_1) * FACTOR_1;
        mixed = (mixed ^ mixed >>> SHIFT_2) * FACTOR_2;
        return mixed ^ mixed >>> SHIFT_3;
    }

    /// `hash` scaled from 32 unsigned bits to `[0, bound)`.
    static long scale(int hash, long bound) {
        return (Integer.toUnsignedLong(hash) * bound) >>> 32;
    }
}
