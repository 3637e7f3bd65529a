package hadirector.packet;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// The Internet checksum (RFC 1071) and its incremental update (RFC 1624, eqn. 3).
///
/// Three kinds of values, none negative: a *sum* is the unfolded one's complement sum of 16-bit words; a *difference* is
/// the folded `~old + new` of words that change; a *checksum* is what stands in a header, the complement of the folded sum.
public final class InternetChecksum {
    /// The difference that one step of TTL makes to an IPv4 header, whatever TTL (> 0) and protocol are: minus 0x0100.
    public static final int TTL_STEP = 0xfeff;

    /// The other zero of one's complement: as a checksum it is right wherever 0 is. UDP sends it for 0, because there 0 says
    /// "none" (RFC 768); over data that is all zero it alone is right, and an update yields 0 (RFC 1624 section 3).
    public static final int OTHER_ZERO = 0xffff;

    private static final int MASK_16 = 0xffff;
    private static final long MASK_32 = 0xffff_ffffL;

    private InternetChecksum() {}

    /// The sum of `length` bytes (up to 4 GiB); an odd last byte counts as if a zero followed.
    public static long sum(MemorySegment from, long at, long length) {
        long end = at + length;
        long next = at;
        long sum = 0;
        for (; end - next >= Long.BYTES; next += Long.BYTES) {
            long words = from.get(U64, next);
            sum += (words >>> 32) + (words & MASK_32);
        }
        if (end - next >= Integer.BYTES) {
            sum += Integer.toUnsignedLong(from.get(U32, next));
            next += Integer.BYTES;
        }
        if (end - next >= Short.BYTES) {
            sum += u16(from, next);
            next += Short.BYTES;
        }
        return next == end ? sum : sum + ((long) u8(from, next) << Byte.SIZE);
    }

    /// The sum of the pseudo-header of TCP and UDP over IPv4 (RFC 9293 3.1, RFC 768), and of those and ICMPv6 over IPv6 (RFC 8200 8.1). For
    /// IPv4 the addresses are given mapped: the `ffff` of both is a zero of one's complement.
    ///
    /// @param length of the transport header and its data
    public static long pseudoHeader(
            long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int protocol, int length) {
        return halves(sourceHigh)
                + halves(sourceLow)
                + halves(destinationHigh)
                + halves(destinationLow)
                + protocol
                + length;
    }

    private static long halves(long value) {
        return (value >>> 32) + (value & MASK_32);
    }

    /// A sum in 16 bits; 0 only if the sum is 0.
    public static int fold(long sum) {
        long folded = (sum & MASK_32) + (sum >>> 32);
        folded = (folded & MASK_16) + (folded >>> 16 & MASK_16) + (folded >>> 32);
        folded = (folded & MASK_16) + (folded >>> 16);
        return (int) ((folded & MASK_16) + (folded >>> 16));
    }

    /// The checksum of all that went into `sum`.
    public static int of(long sum) {
        return ~fold(sum) & MASK_16;
    }

    /// Whether `sum` over bytes that include their own checksum says that they are as they were sent.
    public static boolean isValid(long sum) {
        return fold(sum) == MASK_16;
    }

    /// One's complement addition of two differences, or of a folded sum and a difference.
    public static int add(int a, int b) {
        int sum = a + b;
        return (sum & MASK_16) + (sum >>> 16);
    }

    /// The difference of a 32-bit field (an address) that changes.
    public static int difference(int old, int replacement) {
        return fold(Integer.toUnsignedLong(~old) + Integer.toUnsignedLong(replacement));
    }

    /// The difference of an address that changes; of IPv4 mapped ones the same as of the 32 bits alone.
    public static int difference(long oldHigh, long oldLow, long high, long low) {
        return fold(halves(~oldHigh) + halves(~oldLow) + halves(high) + halves(low));
    }

    /// The difference of a 16-bit field (a port) that changes.
    public static int difference16(int old, int replacement) {
        return add(~old & MASK_16, replacement & MASK_16);
    }

    /// The checksum after a change of `difference`. A wrong checksum stays wrong by as much.
    public static int apply(int checksum, int difference) {
        return ~add(~checksum & MASK_16, difference) & MASK_16;
    }

    /// The checksum after a 32-bit field it covers changed.
    public static int replace(int checksum, int old, int replacement) {
        return apply(checksum, difference(old, replacement));
    }
}
