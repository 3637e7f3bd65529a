package hadirector.forward;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import hadirector.packet.FrameKind;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import hadirector.packet.UdpView;
import java.lang.foreign.MemorySegment;

/// Cuts a super-frame (TCP, or UDP datagrams of one length) into the packets of the wire that it stands for: for what no
/// offload can be told, a tunnel above all. Payload is summed where it lies and not copied; each segment gets headers
/// of its own with complete checksums, as net/ipv4/tcp_offload.c and udp_offload.c would write them:
///
/// * TCP sequence numbers and IPv4 identifications count on; options are the same in all;
/// * FIN and PSH stay in the last, CWR in the first only (RFC 3168 6.1.2).
///
/// One object is reused for all frames of a thread; until the last [#next] its frame must stay as it is.
public final class Segments {
    private static final int CWR = 0x80;

    private MemorySegment frame = MemorySegment.NULL;
    private boolean tcp;
    private boolean v6;
    private boolean summed;
    private long l3;
    private int networkLength;
    private int headersLength;
    private int payload;
    private int size;
    /// Where in the payload the segment at hand begins and ends.
    private int begin;
    private int end;
    private boolean begun;

    /// Takes a frame.
    ///
    /// @param parsed of kind TCP or UDP
    /// @param segmentSize payload of all segments but the last; 1 or more
    /// @param partial the transport checksum is a partial one: then it is wanted, even if it is 0
    public void begin(MemorySegment from, ParsedFrame parsed, int segmentSize, boolean partial) {
        frame = from;
        tcp = parsed.kind() == FrameKind.TCP;
        v6 = parsed.isV6();
        l3 = parsed.l3();
        networkLength = (int) (parsed.l4() - l3);
        int transport = tcp ? u8(from, parsed.l4() + TcpView.DATA_OFFSET) >>> 4 << 2 : UdpView.LENGTH;
        headersLength = networkLength + transport;
        payload = parsed.ipLength() - headersLength;
        size = segmentSize;
        summed = tcp || partial || u16(from, parsed.l4() + UdpView.CHECKSUM) != 0;
        begin = 0;
        end = 0;
        begun = false;
    }

    /// Whether [#next] may be called. A frame without payload is one segment.
    public boolean hasNext() {
        return end < payload || !begun;
    }

    /// Bytes of IP and transport header: what [#next] writes.
    public int headersLength() {
        return headersLength;
    }

    /// Writes the IP and the transport header of the next segment to `at`.
    ///
    /// @return bytes of its payload, which begins at [#payloadAt] of the frame
    public int next(MemorySegment to, long at) {
        begun = true;
        begin = end;
        int length = Math.min(size, payload - begin);
        end = begin + length;
        boolean last = end == payload;
        MemorySegment.copy(frame, l3, to, at, headersLength);
        long transport = at + networkLength;
        if (tcp) {
            int flags = u8(to, transport + TcpView.FLAGS);
            int cleared = (last ? 0 : TcpView.FIN | TcpView.PSH) | (begin == 0 ? 0 : CWR);
            setU8(to, transport + TcpView.FLAGS, flags & ~cleared);
            to.set(U32, transport + TcpView.SEQUENCE, to.get(U32, transport + TcpView.SEQUENCE) + begin);
        } else {
            setU16(to, transport + UdpView.DATAGRAM_LENGTH, UdpView.LENGTH + length);
        }
        network(to, at, length);
        checksum(to, at, length);
        return length;
    }

    /// Offset in the frame of the payload of the segment that [#next] wrote.
    public long payloadAt() {
        return l3 + headersLength + begin;
    }

    private void network(MemorySegment to, long at, int length) {
        if (v6) {
            setU16(to, at + Ipv6View.PAYLOAD_LENGTH, headersLength + length - Ipv6View.LENGTH);
            return;
        }
                setU16(to, at + Ipv4View.TOTAL_LENGTH, headersLength + length);
        setU16(to, at + Ipv4View.IDENTIFICATION, u16(to, at + Ipv4View.IDENTIFICATION) + begin / size);
        setU16(to, at + Ipv4View.CHECKSUM, 0);
        setU16(to, at + Ipv4View.CHECKSUM, InternetChecksum.of(InternetChecksum.sum(to, at, networkLength)));
    }

    private void checksum(MemorySegment to, long at, int length) {
        long transport = at + networkLength;
        long field = transport + (tcp ? TcpView.CHECKSUM : UdpView.CHECKSUM);
        setU16(to, field, 0);
        if (summed) {
            int header = headersLength - networkLength;
            long sum = pseudoHeader(to, at, header + length)
                    + InternetChecksum.sum(to, transport, header)
                    + InternetChecksum.sum(frame, payloadAt(), length);
            int checksum = InternetChecksum.of(sum);
            setU16(to, field, !tcp && checksum == 0 ? InternetChecksum.OTHER_ZERO : checksum);
        }
    }

    /// RFC 9293 3.1, RFC 8200 8.1: addresses, protocol and length.
    private long pseudoHeader(MemorySegment to, long at, int length) {
        int protocol = tcp ? Ipv4View.TCP : Ipv4View.UDP;
        return protocol
                + length
                + (v6
                        ? InternetChecksum.sum(to, at + Ipv6View.SOURCE, 2L * 2 * Long.BYTES)
                        : InternetChecksum.sum(to, at + Ipv4View.SOURCE, Long.BYTES));
    }
}
