package hadirector.packet;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Cuts a frame of [FrameBuilder] into fragments for tests, in plain arrays: IPv4's with a header checksum made anew, IPv6's
/// with a fragment header behind the IPv6 header. Sizes and offsets are taken as they are given, sensible or not.
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record FragmentBuilder(byte[] whole, int id) {
    private static final int ETHERNET = 14;
    private static final int IPV6 = 40;
    private static final int FRAGMENT_HEADER = 44;

    private boolean isV6() {
        return whole[12] == (byte) 0x86;
    }

    private int transportAt() {
        return ETHERNET + (isV6() ? IPV6 : (whole[ETHERNET] & 0xf) * 4);
    }

    /// Transport header and data of the whole packet.
    public byte[] transport() {
        int ip = isV6() ? IPV6 + u16(whole, ETHERNET + 4) : u16(whole, ETHERNET + 2);
        return Arrays.copyOfRange(whole, transportAt(), ETHERNET + ip);
    }

    /// All of the packet in pieces that end where `ends` say, the last at the end.
    public List<byte[]> cut(int... ends) {
        byte[] transport = transport();
        var parts = new ArrayList<byte[]>();
        int at = 0;
        for (int end : ends) {
            parts.add(part(at, Arrays.copyOfRange(transport, at, end), true));
            at = end;
        }
        parts.add(part(at, Arrays.copyOfRange(transport, at, transport.length), false));
        return parts;
    }

    /// One fragment with these bytes at this offset.
    public byte[] part(int offset, byte[] data, boolean more) {
        return isV6() ? partV6(offset, data, more) : partV4(offset, data, more);
    }

    private byte[] partV4(int offset, byte[] data, boolean more) {
        int header = transportAt() - ETHERNET;
        var frame = ByteBuffer.allocate(ETHERNET + header + data.length);
        frame.put(whole, 0, ETHERNET + header).put(data);
        frame.putShort(ETHERNET + 2, (short) (header + data.length));
        frame.putShort(ETHERNET + 4, (short) id);
        frame.putShort(ETHERNET + 6, (short) (offset / 8 | (more ? 0x2000 : 0)));
        frame.putShort(ETHERNET + 10, (short) 0);
        frame.putShort(ETHERNET + 10, (short) NaiveChecksum.of(frame.array(), ETHERNET, header));
        return frame.array();
    }

    private byte[] partV6(int offset, byte[] data, boolean more) {
        var frame = ByteBuffer.allocate(ETHERNET + IPV6 + 8 + data.length);
        frame.put(whole, 0, ETHERNET + IPV6);
        frame.put(whole[ETHERNET + 6]).put((byte) 0).putShort((short) (offset | (more ? 1 : 0))).putInt(id).put(data);
        frame.putShort(ETHERNET + 4, (short) (8 + data.length)).put(ETHERNET + 6, (byte) FRAGMENT_HEADER);
        return frame.array();
    }

    private static int u16(byte[] frame, int at) {
        return (frame[at] & 0xff) << 8 | (frame[at + 1] & 0xff);
    }
}
