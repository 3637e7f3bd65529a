package hadirector.forward;

import static hadirector.forward.ForwardFixtures.CLIENT;
import static hadirector.forward.ForwardFixtures.TCP_IN;
import static hadirector.forward.ForwardFixtures.UDP_IN;
import static hadirector.forward.ForwardFixtures.VIP;
import static hadirector.packet.FrameBuilder.bytes;

import hadirector.engine.Counter;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Packets that look like those of a known connection and are not whole.
final class MalformedFixtures {
    private MalformedFixtures() {}

    static Stream<PacketFixture> all() {
        return Stream.of(fields(), truncated("TCP", segment(), TCP_IN), truncated("UDP", datagram(), UDP_IN))
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
