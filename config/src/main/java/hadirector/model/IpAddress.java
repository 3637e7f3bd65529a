package hadirector.model;

import java.util.Optional;

/// An IPv4 or IPv6 address as one 128-bit value; IPv4 is held IPv4-mapped (`::ffff:a.b.c.d`, RFC 4291
/// 2.5.5.2), so that keys, records and the wire carry both alike.
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
    private static final long MAPPED = 0xffff_0000_0000L;

    public static IpAddress v4(int address) {
        return new IpAddress(0, MAPPED | Integer.toUnsignedLong(address));
    }

    /// A literal as operators write it: `192.0.2.10` or `2001:db8::1`, never a name.
    ///
    /// @throws IllegalArgumentException if `text` is no such literal
    public static IpAddress of(String text) {
        return parse(text).orElseThrow(() -> new IllegalArgumentException("not an address: " + text));
    }

    /// Like [#of], for text that a user wrote.
    public static Optional<IpAddress> parse(String text) {
        return AddressText.parse(text);
    }

    public boolean isV4() {
        return high == 0 && (low & 0xffff_ffff_0000_0000L) == MAPPED;
    }

    /// The IPv4 address in host order of its value (`10.0.0.1` is `0x0a000001`).
    public int v4() {
        if (!isV4()) {
            throw new IllegalStateException(this + " is not an IPv4 address");
        }
        return (int) low;
    }

    /// Bits in an address of this family: 32 or 128.
    public int bits() {
        return isV4() ? 32 : 128;
    }

    /// Whether both lie in the same prefix of `length` bits (of this address's family).
    public boolean samePrefix(IpAddress other, int length) {
        if (isV4() != other.isV4()) {
            return false;
        }
        return masked(length).equals(other.masked(length));
    }

    /// With all but the first `length` bits (of this address's family) cleared.
    public IpAddress masked(int length) {
        int bits = isV4() ? 96 + length : length;
        return new IpAddress(
                high & (bits >= 64 ? -1L : mask(bits)), low & (bits <= 64 ? 0 : mask(bits - 64)));
    }

    private static long mask(int bits) {
        return bits == 0 ? 0 : -1L << (64 - bits);
    }

    @Override
    public int compareTo(IpAddress other) {
        return compareTo(other.high, other.low);
    }

    /// The same with an address that is no object, as packets have them.
    public int compareTo(long otherHigh, long otherLow) {
        int byHigh = Long.compareUnsigned(high, otherHigh);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, otherLow);
    }

    @Override
    public String toString() {
        return AddressText.format(this);
    }
}
