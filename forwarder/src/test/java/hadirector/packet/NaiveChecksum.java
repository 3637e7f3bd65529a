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

    /// Whether both checksums of an IPv4 frame from [FrameBuilder] are right by a full computation.
    ///
    /// @param partial the transport checksum is only the pseudo-header's sum
    public static boolean areRight(byte[] frame, boolean partial) {
        int header = (frame[14] & 0xf) * 4;
        return of(frame, 14, header) == 0 && isTransportRight(frame, 14 + header, partial);
    }

    private static boolean isTransportRight(byte[] frame, int at, boolean partial) {
        int protocol = frame[23];
        int length = u16(frame, 16) + 14 - at;
        if (protocol == 1) {
            return of(frame, at, length) == 0;
        }
        int checksum = u16(frame, at + (protocol == 17 ? 6 : 16));
        if (protocol == 17 && checksum == 0) {
            return true;
        }
        byte[] covered = new byte[12 + length];
        System.arraycopy(frame, 26, covered, 0, 8);
        covered[9] = (byte) protocol;
        covered[10] = (byte) (length >> 8);
        covered[11] = (byte) length;
        if (partial) {
            return (0xffff - of(covered, 0, 12)) % 0xffff == checksum % 0xffff;
        }
        System.arraycopy(frame, at, covered, 12, length);
        return of(covered, 0, covered.length) == 0;
    }

    private static int u16(byte[] frame, int at) {
        return (frame[at] & 0xff) << 8 | (frame[at + 1] & 0xff);
    }
}
