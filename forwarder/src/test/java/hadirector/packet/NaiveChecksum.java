package hadirector.packet;

/// The Internet checksum as RFC 1071 words it, in plain arrays: the reference for everything incremental.
public final class NaiveChecksum {
    private NaiveChecksum() {}

    public static int of(byte[] data, int at, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            int value = data[at + i] & 0xff;
            sum += i % 2 == 0 ? value << 8 : value;
            sum = sum > 0xffff ? sum - 0xffff : sum;
        }
        return 0xffff - sum;
    }

    /// Whether the checksums of a whole frame from [FrameBuilder] are right by a full computation: IPv4's two, IPv6's one.
    ///
    /// @param partial the transport checksum is only the pseudo-header's sum
    public static boolean areRight(byte[] frame, boolean partial) {
        if (frame[14] >> 4 == 6) {
            return isTransportRightV6(frame, partial);
        }
        int header = (frame[14] & 0xf) * 4;
        int length = u16(frame, 16) - header;
        return of(frame, 14, header) == 0 && isTransportRight(frame, frame[23], 14 + header, length, 26, 8, partial);
    }

    /// Walks hop-by-hop, routing, fragment, authentication and destination options.
    private static boolean isTransportRightV6(byte[] frame, boolean partial) {
        int protocol = frame[20];
        int at = 54;
        while (protocol == 0 || protocol == 43 || protocol == 44 || protocol == 51 || protocol == 60) {
            int stated = frame[at + 1] & 0xff;
            int length = protocol == 44 ? 8 : protocol == 51 ? 4 * (stated + 2) : 8 * (stated + 1);
            protocol = frame[at];
            at += length;
        }
        return isTransportRight(frame, protocol, at, 54 + u16(frame, 18) - at, 22, 32, partial);
    }

    private static boolean isTransportRight(
            byte[] frame, int protocol, int at, int length, int addresses, int addressesLength, boolean partial) {
        if (protocol == 1) {
            return of(frame, at, length) == 0;
        }
        if (protocol == 58) {
            return of(covered(frame, protocol, at, length, addresses, addressesLength), 0, addressesLength + 4 + length) == 0;
        }
        int checksum = u16(frame, at + (protocol == 17 ? 6 : 16));
        if (protocol == 17 && checksum == 0) {
            return true;
        }
        byte[] covered = covered(frame, protocol, at, length, addresses, addressesLength);
        return partial
                ? (0xffff - of(covered, 0, addressesLength + 4)) % 0xffff == checksum % 0xffff
                : of(covered, 0, covered.length) == 0;
    }

    /// Pseudo-header and transport. Lengths are below 64 KiB, so IPv4's form of protocol and length sums to the same as IPv6's.
    private static byte[] covered(byte[] frame, int protocol, int at, int length, int addresses, int addressesLength) {
        byte[] covered = new byte[addressesLength + 4 + length];
        System.arraycopy(frame, addresses, covered, 0, addressesLength);
        covered[addressesLength + 1] = (byte) protocol;
        covered[addressesLength + 2] = (byte) (length >> 8);
        covered[addressesLength + 3] = (byte) length;
        System.arraycopy(frame, at, covered, addressesLength + 4, length);
        return covered;
    }

    private static int u16(byte[] frame, int at) {
        return (frame[at] & 0xff) << 8 | (frame[at + 1] & 0xff);
    }
}
