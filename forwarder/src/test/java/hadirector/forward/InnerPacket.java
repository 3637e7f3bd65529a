package hadirector.forward;

import hadirector.packet.NaiveChecksum;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A TCP or UDP packet of either family as a client sends it, up to a super-frame; made byte by byte, apart from the code under test.
///
/// @param options of TCP, a multiple of four bytes
@SuppressWarnings("ArrayRecordComponent") // Compared byte by byte, never by equals.
record InnerPacket(
        boolean v6,
        boolean tcp,
        int service,
        int identification,
        int fragment,
        int sequence,
        int flags,
        byte[] options,
        byte[] payload) {
    static final int SEQUENCE = 0xffff_ff00;
    static final int TTL = 33;
    private static final byte[] V4 = {(byte) 198, 51, 100, 7, (byte) 192, 0, 2, 10};
    private static final byte[] V6 = {
        0x20, 0x01, 0x0d, (byte) 0xb8, 0, 0x51, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7,
        0x20, 0x01, 0x0d, (byte) 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10
    };

    static InnerPacket of(boolean v6, boolean tcp, byte... payload) {
        return new InnerPacket(v6, tcp, 0xb9, 0x4321, 0x4000, SEQUENCE, 0x18, new byte[0], payload);
    }

    int networkLength() {
        return v6 ? 40 : 20;
    }

    int transportLength() {
        return tcp ? 20 + options.length : 8;
    }

    InnerPacket withFragment(int value) {
        return new InnerPacket(v6, tcp, service, identification, value, sequence, flags, options, payload);
    }

    /// As Ethernet frame, with whole checksums.
    byte[] frame() {
        return frame(false, TTL);
    }

    byte[] frame(int ttl) {
        return frame(false, ttl);
    }

    /// @param partial only the pseudo-header's sum in the transport checksum
    byte[] frame(boolean partial, int ttl) {
        int length = transportLength() + payload.length;
        var frame = ByteBuffer.allocate(14 + networkLength() + length);
        frame.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) (v6 ? 0x86dd : 0x0800));
        network(frame, length, ttl);
        if (!v6) {
            frame.putShort(24, (short) NaiveChecksum.of(frame.array(), 14, 20));
        }
        transport(frame, length);
        byte[] pseudo = Arrays.copyOf(v6 ? V6 : V4, (v6 ? V6 : V4).length + 4);
        pseudo[pseudo.length - 3] = (byte) (tcp ? 6 : 17);
        pseudo[pseudo.length - 2] = (byte) (length >>> 8);
        pseudo[pseudo.length - 1] = (byte) length;
        int at = 14 + networkLength();
        frame.putShort(at + (tcp ? 16 : 6), (short) (partial ? partialSum(pseudo) : sum(pseudo, frame.array(), at, length)));
        return frame.array();
    }

    private void network(ByteBuffer frame, int length, int ttl) {
        if (v6) {
            frame.putInt(0x60012345 | service << 20).putShort((short) length).put((byte) (tcp ? 6 : 17)).put((byte) ttl);
            frame.put(V6);
            return;
        }
        frame.put((byte) 0x45).put((byte) service).putShort((short) (20 + length));
        frame.putShort((short) identification).putShort((short) fragment).put((byte) ttl).put((byte) (tcp ? 6 : 17));
        frame.putShort((short) 0).put(V4);
    }

    private void transport(ByteBuffer frame, int length) {
        frame.putShort((short) 40000).putShort((short) 80);
        if (tcp) {
            frame.putInt(sequence).putInt(2000).put((byte) (transportLength() << 2)).put((byte) flags);
            frame.putShort((short) 29200).putInt(0).put(options);
        } else {
            frame.putShort((short) length).putShort((short) 0);
        }
        frame.put(payload);
    }

    private static int partialSum(byte[] pseudo) {
        return ~NaiveChecksum.of(pseudo, 0, pseudo.length);
    }

    private int sum(byte[] pseudo, byte[] frame, int at, int length) {
        byte[] covered = Arrays.copyOf(pseudo, pseudo.length + length);
        System.arraycopy(frame, at, covered, pseudo.length, length);
        int checksum = NaiveChecksum.of(covered, 0, covered.length);
        return !tcp && checksum == 0 ? 0xffff : checksum;
    }

    @Override
    public String toString() {
        return (tcp ? "TCP" : "UDP") + " over IPv" + (v6 ? 6 : 4);
    }
}
