package hadirector.forward;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.setU16;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u16;
import static hadirector.packet.NetworkOrder.u8;

import hadirector.packet.EthernetView;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.ParsedFrame;
import hadirector.packet.UdpView;
import java.lang.foreign.MemorySegment;

/// LVS-Tun for one packet: the outer header of a [Tunnels] element, completed for an inner packet, in front of it.
public final class Encapsulation {
    private static final int DONT_FRAGMENT = 0x4000;

    private Encapsulation() {}

    /// Puts Ethernet and outer header before a frame's packet, in the bytes in front of the frame, and takes one step of the inner
    /// TTL or hop limit, as every method does. A partial transport checksum is completed, since the offload that was to do it knows
    /// nothing of tunnels.
    ///
    /// @param record offset of a record whose next hop is resolved
    /// @param template offset of an element that is in use
    /// @param frame with the template's header length of bytes in front of it
    /// @param parsed any kind with an IP header, for which [Rewrite#mayForward] holds, of the template's inner family
    /// @param flowHash of the connection; spreads flows over paths and receive queues
    /// @return bytes that the frame grew by at its front; padding behind the packet is no part of it any more
    public static int apply(
            MemorySegment records,
            long record,
            MemorySegment tunnels,
            long template,
            MemorySegment frame,
            ParsedFrame parsed,
            boolean partial,
            int flowHash) {
        if (partial) {
            Fragmentation.completeChecksum(frame, parsed);
        }
        step(frame, parsed);
        int length = Tunnels.headerLength(tunnels, template);
        long outer = parsed.l3() - length;
        header(tunnels, template, frame, outer, frame, parsed.l3(), parsed.ipLength(), flowHash);
        ethernet(records, record, tunnels, template, frame, outer - EthernetView.LENGTH);
        return length;
    }

    /// Writes the Ethernet header of a tunnel's packets at `at`.
    public static void ethernet(
            MemorySegment records, long record, MemorySegment tunnels, long template, MemorySegment to, long at) {
        Rewrite.redirect(records, record, to, at);
        setU16(to, at + EthernetView.TYPE, Tunnels.etherType(tunnels, template));
    }

    /// Writes the outer header for an inner packet at `at`.
    ///
    /// @param from where the inner packet's IP header is, at `inner`; maybe right behind
    /// @param innerLength bytes of the inner packet
    public static void header(
            MemorySegment tunnels,
            long template,
            MemorySegment to,
            long at,
            MemorySegment from,
            long inner,
            int innerLength,
            int flowHash) {
        int length = Tunnels.headerLength(tunnels, template);
        MemorySegment.copy(tunnels, template + Tunnels.HEADER, to, at, length);
        boolean innerV4 = u8(from, inner) >>> 4 == 4;
        int service = innerV4 ? u8(from, inner + Ipv4View.SERVICE) : from.get(U32, inner) >>> 20 & 0xff;
        int total = length + innerLength;
        if (Tunnels.isOuterV4(tunnels, template)) {
            int fragment = innerV4 ? u16(from, inner + Ipv4View.FRAGMENT) : DONT_FRAGMENT;
            int identification =
                    (fragment & DONT_FRAGMENT) != 0 ? 0 : u16(from, inner + Ipv4View.IDENTIFICATION) ^ fragment;
            outerV4(to, at, u16(tunnels, template + Tunnels.BASE_SUM), service, total, identification, fragment);
            datagram(tunnels, template, to, at + Tunnels.IPV4_LENGTH, total - Tunnels.IPV4_LENGTH, flowHash);
        } else {
            to.set(U32, at, 6 << 28 | service << 20 | (flowHash & Tunnels.FLOW_LABEL_MASK));
            setU16(to, at + Ipv6View.PAYLOAD_LENGTH, total - Tunnels.IPV6_LENGTH);
            datagram(tunnels, template, to, at + Tunnels.IPV6_LENGTH, total - Tunnels.IPV6_LENGTH, flowHash);
        }
    }

    /// A fragment's place makes the identifications of one inner datagram's fragments differ.
    private static void outerV4(
            MemorySegment to, long at, int baseSum, int service, int total, int identification, int fragment) {
        int dontFragment = fragment & DONT_FRAGMENT;
        setU8(to, at + Ipv4View.SERVICE, service);
        setU16(to, at + Ipv4View.TOTAL_LENGTH, total);
        setU16(to, at + Ipv4View.IDENTIFICATION, identification);
        setU16(to, at + Ipv4View.FRAGMENT, dontFragment);
        long sum = (long) baseSum + service + total + identification + dontFragment;
        setU16(to, at + Ipv4View.CHECKSUM, InternetChecksum.of(sum));
    }

    private static void datagram(
            MemorySegment tunnels, long template, MemorySegment to, long at, int length, int flowHash) {
        if (Tunnels.isGue(tunnels, template)) {
            setU16(to, at + UdpView.SOURCE_PORT, Tunnels.SOURCE_PORTS | (flowHash & Tunnels.SOURCE_PORTS_MASK));
            setU16(to, at + UdpView.DATAGRAM_LENGTH, length);
        }
    }

    /// Takes one step of TTL or hop limit.
    public static void step(MemorySegment frame, ParsedFrame parsed) {
        long ip = parsed.l3();
        if (parsed.isV6()) {
            setU8(frame, ip + Ipv6View.HOP_LIMIT, parsed.ttl() - 1);
        } else {
            setU8(frame, ip + Ipv4View.TTL, parsed.ttl() - 1);
            int old = u16(frame, ip + Ipv4View.CHECKSUM);
            setU16(frame, ip + Ipv4View.CHECKSUM, InternetChecksum.apply(old, InternetChecksum.TTL_STEP));
        }
    }
}
