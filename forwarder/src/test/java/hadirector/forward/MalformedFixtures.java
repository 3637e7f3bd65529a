package hadirector.forward;

import static hadirector.forward.ForwardFixtures.CLIENT;
import static hadirector.forward.ForwardFixtures.TCP_IN;
import static hadirector.forward.ForwardFixtures.UDP_IN;
import static hadirector.forward.ForwardFixtures.VIP;
import static hadirector.packet.FrameBuilder.bytes;

import hadirector.engine.Counter;
import hadirector.model.Protocol;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Packets that look like those of a known connection and are not whole.
final class MalformedFixtures {
    private static final FlowSpec TCP_IN_V6 = FixtureNet.V6.in(Protocol.TCP);
    private static final FlowSpec UDP_IN_V6 = FixtureNet.V6.in(Protocol.UDP);

    private MalformedFixtures() {}

    static Stream<PacketFixture> all() {
        return Stream.of(
                        fields(),
                        truncated("TCP", segment(), TCP_IN),
                        truncated("UDP", datagram(), UDP_IN),
                        fieldsV6(),
                        truncated("TCP over IPv6", segmentV6(), TCP_IN_V6),
                        truncated("UDP over IPv6", datagramV6(), UDP_IN_V6),
                        truncated("UDP behind extension headers", chain(), UDP_IN_V6))
                .flatMap(fixtures -> fixtures);
    }

    private static Stream<PacketFixture> fields() {
        return Stream.of(
                tcp("IP version 6 in a frame of type IPv4", 14, 0x65),
                tcp("an IHL of 4", 14, 0x44),
                tcp("an IHL of 15 where the options are no segment", 14, 0x4f),
                tcp("a total length of 0 (BIG TCP)", 16, 0, 17, 0),
                tcp("a total length of 19", 17, 19),
                tcp("a total length that ends in the TCP header", 17, 39),
                tcp("a total length beyond the frame", 17, 44),
                tcp("a TCP data offset of 4", 46, 0x40),
                tcp("a TCP data offset beyond the packet", 46, 0x60),
                udp("a UDP length of 0", 39, 0),
                udp("a UDP length of 7", 39, 7),
                udp("a UDP length beyond the packet", 39, 12));
    }

    private static Stream<PacketFixture> fieldsV6() {
        return Stream.of(
                tcpV6("IP version 4 in a frame of type IPv6", 14, 0x45),
                tcpV6("IP version 0 in a frame of type IPv6", 14, 0x0a),
                tcpV6("a payload length of 0 with a segment behind it", 18, 0, 19, 0),
                tcpV6("a payload length that ends in the TCP header", 19, 19),
                tcpV6("a payload length beyond the frame", 19, 24),
                tcpV6("a TCP data offset of 4 over IPv6", 66, 0x40),
                tcpV6("a TCP data offset beyond the packet over IPv6", 66, 0x60),
                udpV6("a UDP length of 0 over IPv6", 59, 0),
                udpV6("a UDP length of 7 over IPv6", 59, 7),
                udpV6("a UDP length beyond the packet over IPv6", 59, 12),
                malformed("a jumbogram (BIG TCP) is malformed", jumbogram(), TCP_IN_V6),
                malformed("a chain of headers that ends in its middle is malformed", chain().with(55, 4), UDP_IN_V6),
                malformed("a header that says it is longer than 2 KB is malformed", chain().with(55, 255), UDP_IN_V6),
                malformed("a fragment header that names another is malformed", chain().with(70, 44), UDP_IN_V6),
                malformed(
                        "IPv4-mapped addresses of an IPv4 connection in an IPv6 packet are malformed",
                        mapped(mapped(segmentV6().build(), 22, 198, 51, 100, 7), 38, 192, 0, 2, 10),
                        TCP_IN),
                malformed("a mapped destination is malformed", mapped(segmentV6().build(), 38, 192, 0, 2, 10), TCP_IN));
    }

    private static byte[] mapped(byte[] frame, int at, int... address) {
        Arrays.fill(frame, at, at + 10, (byte) 0);
        Arrays.fill(frame, at + 10, at + 12, (byte) 0xff);
        for (int i = 0; i < address.length; i++) {
            frame[at + 12 + i] = (byte) address[i];
        }
        return frame;
    }

    private static byte[] jumbogram() {
        return segmentV6().extension(0, 0, 0xc2, 4, 0, 1, 0, 0).with(18, 0, 19, 0);
    }

    private static PacketFixture tcpV6(String what, int... offsetsAndValues) {
        return malformed(what + " is malformed", segmentV6().with(offsetsAndValues), TCP_IN_V6);
    }

    private static PacketFixture udpV6(String what, int... offsetsAndValues) {
        return malformed(what + " is malformed", datagramV6().with(offsetsAndValues), UDP_IN_V6);
    }

    private static FrameBuilder segmentV6() {
        return FrameBuilder.tcp(FixtureNet.V6.client(), FixtureNet.V6.vip(), TcpView.ACK, bytes(1, 2, 3));
    }

    private static FrameBuilder datagramV6() {
        return FrameBuilder.udp(FixtureNet.V6.client(), FixtureNet.V6.vip(), bytes(1, 2, 3));
    }

    /// Hop-by-hop options at 54, a fragment header at 70, destination options at 78, UDP at 86.
    private static FrameBuilder chain() {
        return datagramV6()
                .extension(0, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
                .fragmentHeader(0, false, 5)
                .extension(60, 0, 1, 4, 0, 0, 0, 0);
    }

    private static PacketFixture tcp(String what, int... offsetsAndValues) {
        return malformed(what + " is malformed", segment().with(offsetsAndValues), TCP_IN);
    }

    private static PacketFixture udp(String what, int... offsetsAndValues) {
        return malformed(what + " is malformed", datagram().with(offsetsAndValues), UDP_IN);
    }

    private static Stream<PacketFixture> truncated(String protocol, FrameBuilder frame, FlowSpec flow) {
        byte[] whole = frame.build();
        return IntStream.range(0, whole.length)
                .mapToObj(i -> malformed(protocol + " cut to " + i + " bytes is malformed", Arrays.copyOf(whole, i), flow));
    }

    private static PacketFixture malformed(String sentence, byte[] in, FlowSpec flow) {
        return PacketFixture.dropped(sentence, Counter.DROP_MALFORMED, in).withFlow(flow);
    }

    private static FrameBuilder segment() {
        return FrameBuilder.tcp(CLIENT, VIP, TcpView.ACK, bytes(1, 2, 3));
    }

    private static FrameBuilder datagram() {
        return FrameBuilder.udp(CLIENT, VIP, bytes(1, 2, 3));
    }
}
