package hadirector.packet;

import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Builds IPv4 and IPv6 frames for tests; the endpoints say which. Lengths and checksums are worked out word by word in plain arrays, independent
/// of the code under test; [#with] then overwrites single bytes, to break things.
public final class FrameBuilder {
    public static final long CLIENT_MAC = 0x02_00_00_00_00_01L;
    public static final long DIRECTOR_MAC = 0x02_00_00_00_00_02L;

    private final int protocol;
    private Endpoint from;
    private Endpoint to;
    private long destinationMac = DIRECTOR_MAC;
    private long sourceMac = CLIENT_MAC;
    private int service;
    private int flowLabel = 0xabcde;
    private int ttl = 64;
    private int identification = 0x1234;
    private int fragment = 0x4000;
    private int padding;
    private byte[] ipOptions = {};
    private int transportType;
    private final List<Extension> extensions = new ArrayList<>();
    private byte[] transport;
    private int transportChecksumAt;
    private boolean partial;
    private boolean noChecksum;

    @SuppressWarnings("ArrayRecordComponent") // Only carried.
    private record Extension(int type, byte[] rest) {}

    private FrameBuilder(int protocol, Endpoint from, Endpoint to, byte[] transport, int transportChecksumAt) {
        this.protocol = protocol;
        transportType = protocol;
        this.from = from;
        this.to = to;
        this.transport = transport;
        this.transportChecksumAt = transportChecksumAt;
    }

    /// A segment with sequence number 1000 and acknowledgment 2000.
    public static FrameBuilder tcp(String from, String to, int flags, byte... data) {
        return tcp(from, to, flags, 1000, 2000, data);
    }

    public static FrameBuilder tcp(String from, String to, int flags, int sequence, int ack, byte... data) {
        var header = ByteBuffer.allocate(20 + data.length);
        header.putInt(0).putInt(sequence).putInt(ack).put((byte) 0x50).put((byte) flags).putShort((short) 29200);
        header.putInt(0).put(data);
        return new FrameBuilder(6, Endpoint.of(from), Endpoint.of(to), header.array(), 16);
    }

    public static FrameBuilder udp(String from, String to, byte... data) {
        var header = ByteBuffer.allocate(8 + data.length);
        header.putInt(0).putShort((short) header.capacity()).putShort((short) 0).put(data);
        return new FrameBuilder(17, Endpoint.of(from), Endpoint.of(to), header.array(), 6);
    }

    public static FrameBuilder icmp(String from, String to, int type, int code, int rest, byte... data) {
        var header = ByteBuffer.allocate(8 + data.length);
        header.put((byte) type).put((byte) code).putShort((short) 0).putInt(rest).put(data);
        var source = host(from);
        return new FrameBuilder(source.address().isV4() ? 1 : 58, source, host(to), header.array(), 2);
    }

    /// Any other protocol, or any bytes in the place of a transport header.
    public static FrameBuilder ip(int protocol, String from, String to, byte... data) {
        return new FrameBuilder(protocol, host(from), host(to), data, -1);
    }

    private static Endpoint host(String address) {
        return new Endpoint(IpAddress.of(address), 0);
    }

    public FrameBuilder from(String endpoint) {
        from = Endpoint.of(endpoint);
        return this;
    }

    public FrameBuilder to(String endpoint) {
        to = Endpoint.of(endpoint);
        return this;
    }

    public FrameBuilder macs(long destination, long source) {
        destinationMac = destination;
        sourceMac = source;
        return this;
    }

    public FrameBuilder ttl(int value) {
        ttl = value;
        return this;
    }

    /// As a router leaves it.
    public FrameBuilder oneHopLess() {
        ttl--;
        return this;
    }

    /// IPv4's type of service or IPv6's traffic class.
    public FrameBuilder service(int value) {
        service = value;
        return this;
    }

    public FrameBuilder flowLabel(int value) {
        flowLabel = value;
        return this;
    }

    public FrameBuilder identification(int value) {
        identification = value;
        return this;
    }

    /// IPv4's flags and fragment offset.
    public FrameBuilder fragment(int value) {
        fragment = value;
        return this;
    }

    /// Appends an IPv6 extension header: what follows its first byte (RFC 8200 4), a multiple of eight bytes with it.
    public FrameBuilder extension(int type, int... rest) {
        extensions.add(new Extension(type, bytes(rest)));
        return this;
    }

    /// Appends IPv6's fragment header.
    public FrameBuilder fragmentHeader(int offset, boolean more, int id) {
        int place = offset | (more ? 1 : 0);
        return extension(44, 0, place >> 8, place, id >> 24, id >> 16, id >> 8, id);
    }

    /// What the last of IPv6's headers names in place of the transport's protocol.
    public FrameBuilder transportType(int type) {
        transportType = type;
        return this;
    }

    public FrameBuilder ipOptions(int... options) {
        ipOptions = bytes(options);
        return this;
    }

    /// Options of TCP, a multiple of four bytes, between header and data.
    public FrameBuilder tcpOptions(int... options) {
        byte[] longer = Arrays.copyOf(transport, transport.length + options.length);
        System.arraycopy(bytes(options), 0, longer, 20, options.length);
        System.arraycopy(transport, 20, longer, 20 + options.length, transport.length - 20);
        longer[12] = (byte) ((20 + options.length) << 2);
        transport = longer;
        return this;
    }

    /// TCP's window.
    public FrameBuilder window(int value) {
        ByteBuffer.wrap(transport).putShort(14, (short) value);
        return this;
    }

    /// Bytes behind the packet, as of a short Ethernet frame.
    public FrameBuilder padding(int bytes) {
        padding = bytes;
        return this;
    }

    /// Only the pseudo-header's sum in the transport checksum (VIRTIO_NET_HDR_F_NEEDS_CSUM).
    public FrameBuilder partial() {
        partial = true;
        return this;
    }

    /// Transport checksum 0, which UDP calls "none".
    public FrameBuilder noChecksum() {
        noChecksum = true;
        return this;
    }

    /// The frame with the byte at each offset replaced: `with(14, 0x44, 16, 0)`.
    public byte[] with(int... offsetsAndValues) {
        byte[] frame = build();
        for (int i = 0; i < offsetsAndValues.length; i += 2) {
            frame[offsetsAndValues[i]] = (byte) offsetsAndValues[i + 1];
        }
        return frame;
    }

    public byte[] build() {
        byte[] header = from.address().isV4() ? headerV4() : headerV6();
        int at = 14 + header.length;
        var frame = ByteBuffer.allocate(at + transport.length + padding);
        putMac(frame, destinationMac);
        putMac(frame, sourceMac);
        frame.putShort((short) (from.address().isV4() ? 0x0800 : 0x86dd)).put(header).put(transport);
        if (protocol == 6 || protocol == 17) {
            frame.putShort(at, (short) from.port()).putShort(at + 2, (short) to.port());
        }
        if (transportChecksumAt >= 0 && !noChecksum) {
            frame.putShort(at + transportChecksumAt, (short) transportChecksum(frame.array(), at));
        }
        return frame.array();
    }

    private byte[] headerV4() {
        int length = 20 + ipOptions.length;
        var header = ByteBuffer.allocate(length);
        header.put((byte) (0x40 | length >> 2)).put((byte) service).putShort((short) (length + transport.length));
        header.putShort((short) identification).putShort((short) fragment);
        header.put((byte) ttl).put((byte) protocol).putShort((short) 0);
        header.putInt(from.address().v4()).putInt(to.address().v4()).put(ipOptions);
        header.putShort(10, (short) NaiveChecksum.of(header.array(), 0, length));
        return header.array();
    }

    private byte[] headerV6() {
        int chain = extensions.stream().mapToInt(e -> e.rest.length + 1).sum();
        var header = ByteBuffer.allocate(40 + chain);
        header.putInt(6 << 28 | service << 20 | flowLabel).putShort((short) (chain + transport.length));
        header.put((byte) typeOfExtension(0)).put((byte) ttl);
        putAddress(header, from);
        putAddress(header, to);
        for (int i = 0; i < extensions.size(); i++) {
            header.put((byte) typeOfExtension(i + 1)).put(extensions.get(i).rest);
        }
        return header.array();
    }

    private int typeOfExtension(int number) {
        return number < extensions.size() ? extensions.get(number).type : transportType;
    }

    private static void putAddress(ByteBuffer to, Endpoint endpoint) {
        to.putLong(endpoint.address().high()).putLong(endpoint.address().low());
    }

    private int transportChecksum(byte[] frame, int at) {
        byte[] pseudo = protocol == 1 ? new byte[0] : pseudoHeader();
        if (partial) {
            return ~NaiveChecksum.of(pseudo, 0, pseudo.length);
        }
        byte[] covered = Arrays.copyOf(pseudo, pseudo.length + transport.length);
        System.arraycopy(frame, at, covered, pseudo.length, transport.length);
        int checksum = NaiveChecksum.of(covered, 0, covered.length);
        return protocol == 17 && checksum == 0 ? 0xffff : checksum;
    }

    private byte[] pseudoHeader() {
        if (!from.address().isV4()) {
            var pseudo = ByteBuffer.allocate(40);
            putAddress(pseudo, from);
            putAddress(pseudo, to);
            return pseudo.putInt(transport.length).putInt(protocol).array();
        }
        var pseudo = ByteBuffer.allocate(12);
        pseudo.putInt(from.address().v4()).putInt(to.address().v4()).put((byte) 0).put((byte) protocol);
        return pseudo.putShort((short) transport.length).array();
    }

    private static void putMac(ByteBuffer to, long mac) {
        to.putShort((short) (mac >>> 32)).putInt((int) mac);
    }

    /// Bytes from int literals.
    public static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
