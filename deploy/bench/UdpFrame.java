import java.nio.ByteBuffer;

/// A small UDP datagram over IPv4 in an Ethernet frame of 60 bytes, with full checksums.
final class UdpFrame {
    static final int LENGTH = 60;
    static final int SOURCE_PORT = 34;
    static final int PAYLOAD = 42;

    private static final int IP = 14;
    private static final int UDP = 34;
    private static final int PROTOCOL = 17;

    private UdpFrame() {}

    static byte[] of(byte[] to, byte[] from, byte[] source, byte[] target, int sourcePort, int port) {
        var frame = ByteBuffer.allocate(LENGTH);
        frame.put(to).put(from).putShort((short) 0x0800);
        frame.putShort((short) 0x4500).putShort((short) (LENGTH - IP)).putShort((short) 0).putShort((short) 0x4000); // Don't fragment.
        frame.put((byte) 64).put((byte) PROTOCOL).putShort((short) 0).put(source).put(target);
        frame.putShort((short) sourcePort).putShort((short) port).putShort((short) (LENGTH - UDP)).putShort((short) 0);
        frame.putShort(IP + 10, checksum(frame, IP, UDP, 0));
        frame.putShort(UDP + 6, checksum(frame, IP + 12, LENGTH, PROTOCOL + LENGTH - UDP));
        return frame.array();
    }

    /// RFC 1071, of an even number of bytes.
    private static short checksum(ByteBuffer bytes, int from, int to, int sum) {
        for (int i = from; i < to; i += 2) {
            sum += Short.toUnsignedInt(bytes.getShort(i));
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (short) ~sum;
    }
}
