package hadirector.packet;

import static hadirector.packet.FrameBuilder.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Invariants P3 to P5 of forwarder/DESIGN.md.
class ParsedFrameTest {
    private static final String CLIENT = "198.51.100.7:40000";
    private static final String VIP = "192.0.2.10:80";

    private final ParsedFrame parsed = new ParsedFrame();

    @Test
    void takesEveryFieldOfASegment() {
        byte[] frame = FrameBuilder.tcp(CLIENT, VIP, TcpView.SYN, bytes(1, 2, 3))
                .ipOptions(1, 1, 1, 1)
                .ttl(255)
                .padding(7)
                .build();
        assertThat(parse(frame)).isEqualTo(FrameKind.TCP).isEqualTo(parsed.kind());
        assertThat(parsed.source()).isEqualTo(0xc6336407);
        assertThat(parsed.destination()).isEqualTo(0xc000020a);
        assertThat(parsed.sourcePort()).isEqualTo(40000);
        assertThat(parsed.destinationPort()).isEqualTo(80);
        assertThat(parsed.tcpFlags()).isEqualTo(TcpView.SYN);
        assertThat(parsed.ttl()).isEqualTo(255);
        assertThat(parsed.protocol()).isEqualTo(6);
        assertThat(parsed.l3()).isEqualTo(14);
        assertThat(parsed.l4()).isEqualTo(38);
        assertThat(parsed.l4Length()).isEqualTo(23);
        assertThat(parsed.ipLength()).isEqualTo(47);
        assertThat(parsed.frameLength()).isEqualTo(frame.length - 7);
    }

    @Test
    void takesPortsAndAddressesOfADatagramAndOfArp() {
        assertThat(parse(FrameBuilder.udp("255.255.255.254:65535", "128.0.0.1:32768").build())).isEqualTo(FrameKind.UDP);
        assertThat(parsed.sourcePort()).isEqualTo(65535);
        assertThat(parsed.destinationPort()).isEqualTo(32768);
        assertThat(parsed.source()).isEqualTo(0xfffffffe);
        assertThat(parse(arp())).isEqualTo(FrameKind.ARP);
        assertThat(parsed.source()).isEqualTo(0xc6336407);
        assertThat(parsed.destination()).isEqualTo(0xc000020a);
    }

    @Test
    void tellsTheOtherKinds() {
        assertThat(parse(FrameBuilder.icmp("198.51.100.7", "192.0.2.10", 8, 0, 0).build())).isEqualTo(FrameKind.ICMP);
        assertThat(parse(FrameBuilder.ip(47, "198.51.100.7", "192.0.2.10").build())).isEqualTo(FrameKind.OTHER_PROTOCOL);
        assertThat(parse(FrameBuilder.udp(CLIENT, VIP).with(12, 0x88, 13, 0xcc))).isEqualTo(FrameKind.OTHER_TYPE);
        assertThat(parse(new byte[14])).isEqualTo(FrameKind.OTHER_TYPE);
    }

    @Test
    void tellsFirstMiddleAndLastFragments() {
        for (int fragment : new int[] {0x2000, 0x2001, 0x0001, 0x1fff}) {
            assertThat(parse(FrameBuilder.udp(CLIENT, VIP).fragment(fragment).build())).isEqualTo(FrameKind.FRAGMENT);
            assertThat(parsed.fragmentOffset()).isEqualTo((fragment & 0x1fff) * 8);
            assertThat(parsed.moreFragments()).isEqualTo(fragment >= 0x2000);
            assertThat(parsed.fragmentId()).isEqualTo(0x1234);
            assertThat(parsed.hasPorts()).isEqualTo(fragment == 0x2000);
        }
        assertThat(parse(FrameBuilder.udp(CLIENT, VIP).fragment(0xc000).build())).isEqualTo(FrameKind.UDP);
        assertThat(parsed.fragmentOffset()).isZero();
        assertThat(parsed.hasPorts()).isTrue();
    }

    @Test
    void takesEveryFieldOfAnIpv6Segment() {
        byte[] frame = FrameBuilder.tcp("[2001:db8::7]:40000", "[fd00:1::10]:80", TcpView.SYN, bytes(1, 2, 3))
                .extension(0, 0, 1, 4, 0, 0, 0, 0)
                .ttl(255)
                .padding(7)
                .build();
        assertThat(parse(frame)).isEqualTo(FrameKind.TCP);
        assertThat(parsed.isV6()).isTrue();
        assertThat(parsed.sourceHigh()).isEqualTo(0x2001_0db8_0000_0000L);
        assertThat(parsed.sourceLow()).isEqualTo(7);
        assertThat(parsed.destinationHigh()).isEqualTo(0xfd00_0001_0000_0000L);
        assertThat(parsed.destinationLow()).isEqualTo(0x10);
        assertThat(parsed.sourcePort()).isEqualTo(40000);
        assertThat(parsed.destinationPort()).isEqualTo(80);
        assertThat(parsed.tcpFlags()).isEqualTo(TcpView.SYN);
        assertThat(parsed.ttl()).isEqualTo(255);
        assertThat(parsed.protocol()).isEqualTo(6);
        assertThat(parsed.l4()).isEqualTo(14 + 40 + 8);
        assertThat(parsed.l4Length()).isEqualTo(23);
        assertThat(parsed.ipLength()).isEqualTo(40 + 8 + 23);
        assertThat(parsed.frameLength()).isEqualTo(frame.length - 7);
        parse(FrameBuilder.udp(CLIENT, VIP).build());
        assertThat(parsed.isV6()).isFalse();
        assertThat(parsed.sourceHigh()).isZero();
        assertThat(parsed.sourceLow()).isEqualTo(0xffff_c633_6407L);
    }

    @Test
    void tellsFragmentsOfIpv6() {
        var datagram = FrameBuilder.udp("[2001:db8::7]:40000", "[fd00:1::10]:80", new byte[16]);
        assertThat(parse(datagram.fragmentHeader(0, true, 0xcafebabe).build())).isEqualTo(FrameKind.FRAGMENT);
        assertThat(parsed.fragmentId()).isEqualTo(0xcafebabe);
        assertThat(parsed.fragmentOffset()).isZero();
        assertThat(parsed.moreFragments()).isTrue();
        assertThat(parsed.hasPorts()).isTrue();
        assertThat(parsed.sourcePort()).isEqualTo(40000);
        byte[] later = FrameBuilder.udp("[2001:db8::7]:1", "[fd00:1::10]:2").fragmentHeader(0xfff8, false, 1).build();
        assertThat(parse(later)).isEqualTo(FrameKind.FRAGMENT);
        assertThat(parsed.fragmentOffset()).isEqualTo(0xfff8);
        assertThat(parsed.moreFragments()).isFalse();
        assertThat(parsed.hasPorts()).isFalse();
        byte[] short8 = FrameBuilder.ip(6, "2001:db8::7", "fd00:1::10", new byte[8]).fragmentHeader(0, true, 1).build();
        assertThat(parse(short8)).isEqualTo(FrameKind.FRAGMENT);
        assertThat(parsed.hasPorts()).as("half a TCP header").isFalse();
    }

    @Test
    void onlyAHostsAddressMayBeAnswered() {
        assertThat(IpHeader.isHost(0x2001_0db8_0000_0000L, 1)).isTrue();
        assertThat(IpHeader.isHost(0xfe80_0000_0000_0000L, 1)).isTrue();
        assertThat(IpHeader.isHost(0, 0)).isFalse();
        assertThat(IpHeader.isHost(0, 1)).isFalse();
        assertThat(IpHeader.isHost(0xff02_0000_0000_0000L, 1)).isFalse();
        assertThat(Ipv6View.isHost(0, 0xffff_c633_6407L)).isFalse();
        assertThat(IpHeader.isHost(0, 0xffff_c633_6407L)).isTrue();
        assertThat(IpHeader.isHost(0, 0xffff_e000_0001L)).isFalse();
    }

    @Test
    void aFrameCutShortAnywhereIsMalformed() {
        for (byte[] frame : Stream.of(
                        FrameBuilder.tcp(CLIENT, VIP, TcpView.ACK, bytes(1, 2, 3)).tcpOptions(1, 1, 1, 1).ipOptions(1, 1, 1, 0),
                        FrameBuilder.udp(CLIENT, VIP, bytes(1, 2)),
                        FrameBuilder.icmp("198.51.100.7", "192.0.2.10", 8, 0, 0, bytes(1)),
                        FrameBuilder.udp(CLIENT, VIP, bytes(1, 2)).fragment(0x2000))
                .map(FrameBuilder::build)
                .toList()) {
            assertMalformedAtEveryCut(frame);
        }
        assertMalformedAtEveryCut(arp());
    }

    /// The cut frame ends where its array ends, so a read beyond it would throw.
    private void assertMalformedAtEveryCut(byte[] frame) {
        for (int length = 0; length < frame.length; length++) {
            assertThat(parse(Arrays.copyOf(frame, length))).as("%d bytes", length).isEqualTo(FrameKind.MALFORMED);
        }
        assertThat(parse(frame)).isNotEqualTo(FrameKind.MALFORMED);
    }

    /// The frame's last bytes exist, but behind the end that the packet states.
    @Test
    void padDoesNotMakeUpForAShortPacket() {
        byte[] tcp = FrameBuilder.tcp(CLIENT, VIP, TcpView.ACK, bytes(1, 2, 3)).padding(40).build();
        for (int length = 0; length < 40; length++) {
            tcp[17] = (byte) length;
            assertThat(parse(tcp)).as("total length %d", length).isEqualTo(FrameKind.MALFORMED);
        }
        tcp[17] = 40;
        assertThat(parse(tcp)).isEqualTo(FrameKind.TCP);
    }

    static Map<String, byte[]> broken() {
        var tcp = FrameBuilder.tcp(CLIENT, VIP, TcpView.ACK, bytes(1, 2, 3, 4));
        var udp = FrameBuilder.udp(CLIENT, VIP, bytes(1, 2, 3, 4));
        var other = FrameBuilder.ip(47, "198.51.100.7", "192.0.2.10", new byte[40]);
        return Map.ofEntries(
                Map.entry("IHL 4 before another protocol", other.with(14, 0x44)),
                Map.entry("IHL longer than the packet of another protocol", other.with(14, 0x46, 17, 20)),
                Map.entry("total length 19 of another protocol", other.with(17, 19)),
                Map.entry("IP version 0", tcp.with(14, 0x05)),
                Map.entry("IP version 6", tcp.with(14, 0x65)),
                Map.entry("IHL 0", tcp.with(14, 0x40)),
                Map.entry("IHL 4", tcp.with(14, 0x44)),
                Map.entry("IHL longer than the packet", udp.with(14, 0x4f)),
                Map.entry("total length 0, as of BIG TCP", tcp.with(16, 0, 17, 0)),
                Map.entry("total length beyond the frame", tcp.with(17, 45)),
                Map.entry("total length 65535", tcp.with(16, 0xff, 17, 0xff)),
                Map.entry("data offset 0", tcp.with(46, 0x00)),
                Map.entry("data offset 4", tcp.with(46, 0x40)),
                Map.entry("data offset 7 of 6 words", tcp.with(46, 0x70)),
                Map.entry("data offset 15", tcp.with(46, 0xf0)),
                Map.entry("UDP length 0", udp.with(39, 0)),
                Map.entry("UDP length 7", udp.with(39, 7)),
                Map.entry("UDP length beyond the packet", udp.with(39, 13)),
                Map.entry("UDP length 65535", udp.with(38, 0xff, 39, 0xff)),
                Map.entry("ARP hardware type 6", arp(1, 6)),
                Map.entry("ARP protocol type IPv6", arp(2, 0x86)),
                Map.entry("ARP hardware length 8", arp(4, 8)),
                Map.entry("ARP protocol length 16", arp(5, 16)));
    }

    static Stream<Map.Entry<String, byte[]>> brokenEntries() {
        return broken().entrySet().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenEntries")
    void aWrongFieldIsMalformed(Map.Entry<String, byte[]> broken) {
        assertThat(parse(broken.getValue())).as(broken.getKey()).isEqualTo(FrameKind.MALFORMED);
    }

    @Test
    void headersAreTakenFromTheLargestSuperFrame() {
        byte[] frame = FrameBuilder.tcp(CLIENT, VIP, TcpView.ACK, new byte[65535 - 40]).build();
        assertThat(parse(frame)).isEqualTo(FrameKind.TCP);
        assertThat(parsed.ipLength()).isEqualTo(65535);
    }

    private FrameKind parse(byte[] frame) {
        return parsed.parse(MemorySegment.ofArray(frame), 0, frame.length);
    }

    private static byte[] arp() {
        return HexFormat.of()
                .parseHex("ffffffffffff0200000000010806" + "0001080006040001020000000001c6336407000000000000c000020a");
    }

    /// With the byte at `offset` of the ARP packet replaced.
    private static byte[] arp(int offset, int value) {
        byte[] frame = arp();
        frame[14 + offset] = (byte) value;
        return frame;
    }
}
