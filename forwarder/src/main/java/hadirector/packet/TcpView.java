package hadirector.packet;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// The TCP header that starts at offset `at` (RFC 9293 3.1).
public record TcpView(MemorySegment frame, long at) {
    public static final int LENGTH_MIN = 20;
    public static final long SOURCE_PORT = 0;
    public static final long DESTINATION_PORT = 2;
    public static final long SEQUENCE = 4;
    public static final long ACKNOWLEDGMENT = 8;
    public static final long DATA_OFFSET = 12;
    public static final long FLAGS = 13;
    public static final long WINDOW = 14;
    public static final long CHECKSUM = 16;
    public static final long URGENT = 18;

    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;

    private static final int NO_OPTIONS = 5 << 4;

    /// Whether a whole TCP header with its options lies in `[at, end)`, where `end` is that of the IP packet.
    public static boolean isAt(MemorySegment frame, long at, long end) {
        if (end - at < LENGTH_MIN) {
            return false;
        }
        int headerLength = u8(frame, at + DATA_OFFSET) >>> 4 << 2;
        return headerLength >= LENGTH_MIN && headerLength <= end - at;
    }

    public int sourcePort() {
        return u16(frame, at + SOURCE_PORT);
    }

    public int destinationPort() {
        return u16(frame, at + DESTINATION_PORT);
    }

    public int sequence() {
        return frame.get(U32, at + SEQUENCE);
    }

    public int acknowledgment() {
        return frame.get(U32, at + ACKNOWLEDGMENT);
    }

    /// Header length with options, in bytes.
    public int headerLength() {
        return u8(frame, at + DATA_OFFSET) >>> 4 << 2;
    }

    public int flags() {
        return u8(frame, at + FLAGS);
    }

    public int checksum() {
        return u16(frame, at + CHECKSUM);
    }

    /// Writes a header without options and data, window 0, with its whole checksum.
    public static void write(
            MemorySegment to, long at, int sourcePort, int destinationPort, int sequence, int ack, int flags, long pseudo) {
        setU16(to, at + SOURCE_PORT, sourcePort);
        setU16(to, at + DESTINATION_PORT, destinationPort);
        to.set(U32, at + SEQUENCE, sequence);
        to.set(U32, at + ACKNOWLEDGMENT, ack);
        setU8(to, at + DATA_OFFSET, NO_OPTIONS);
        setU8(to, at + FLAGS, flags);
        setU16(to, at + WINDOW, 0);
        setU16(to, at + CHECKSUM, 0);
        setU16(to, at + URGENT, 0);
        setU16(to, at + CHECKSUM, InternetChecksum.of(pseudo + InternetChecksum.sum(to, at, LENGTH_MIN)));
    }
}
