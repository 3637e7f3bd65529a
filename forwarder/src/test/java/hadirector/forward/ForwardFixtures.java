package hadirector.forward;

import static hadirector.packet.FrameBuilder.bytes;
import static hadirector.packet.FrameBuilder.tcp;
import static hadirector.packet.FrameBuilder.udp;

import hadirector.model.Protocol;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// Packets of connections that the table knows.
final class ForwardFixtures {
    static final String CLIENT = "198.51.100.7:40000";
    static final String VIP = PacketFixture.VIP + ":80";
    static final String RIP = "10.1.0.11:8080";
    static final String RIP_SAME_PORT = "10.1.0.11:80";
    static final long RIP_MAC = 0x02_00_00_00_00_11L;
    static final long ROUTER_MAC = 0x02_00_00_00_00_0fL;

    static final FlowSpec TCP_IN = FlowSpec.toRealServer(Protocol.TCP, CLIENT, VIP, RIP, RIP_MAC);
    static final FlowSpec TCP_OUT = FlowSpec.toClient(Protocol.TCP, RIP, CLIENT, VIP, ROUTER_MAC);
    static final FlowSpec UDP_IN = FlowSpec.toRealServer(Protocol.UDP, CLIENT, VIP, RIP, RIP_MAC);
    static final FlowSpec UDP_OUT = FlowSpec.toClient(Protocol.UDP, RIP, CLIENT, VIP, ROUTER_MAC);
    static final FlowSpec TCP_DIRECT = FlowSpec.direct(Protocol.TCP, CLIENT, VIP, RIP_MAC);
    static final FlowSpec UDP_DIRECT = FlowSpec.direct(Protocol.UDP, CLIENT, VIP, RIP_MAC);

    private ForwardFixtures() {}

    static Stream<PacketFixture> all() {
        return Stream.of(tcpNat(), udpNat(), direct(), headers(), partial(), large()).flatMap(List::stream);
    }

    private static List<PacketFixture> tcpNat() {
        return List.of(
                in("a SYN goes to the realserver's address and port", TCP_IN, tcp(CLIENT, VIP, TcpView.SYN)),
                out("a SYN-ACK comes from the VIP", TCP_OUT, tcp(RIP, CLIENT, TcpView.SYN | TcpView.ACK)),
                in("an even number of data bytes keeps its checksum right", TCP_IN, tcp(CLIENT, VIP, 0x18, bytes(1, 2))),
                in("an odd number of data bytes keeps its checksum right", TCP_IN, tcp(CLIENT, VIP, 0x18, bytes(1, 2, 3))),
                out("odd data to the client keeps its checksum right", TCP_OUT, tcp(RIP, CLIENT, 0x18, bytes(0xff))),
                in("a FIN goes the same way", TCP_IN, tcp(CLIENT, VIP, TcpView.FIN | TcpView.ACK)),
                out("a RST of the realserver comes from the VIP", TCP_OUT, tcp(RIP, CLIENT, TcpView.RST)),
                in(
                        "an unchanged port stays as it is",
                        FlowSpec.toRealServer(Protocol.TCP, CLIENT, VIP, RIP_SAME_PORT, RIP_MAC),
                        tcp(CLIENT, VIP, TcpView.ACK)),
                out(
                        "an unchanged port stays as it is towards the client",
                        FlowSpec.toClient(Protocol.TCP, RIP_SAME_PORT, CLIENT, VIP, ROUTER_MAC),
                        tcp(RIP_SAME_PORT, CLIENT, TcpView.ACK)),
                in("TCP options stay", TCP_IN, tcp(CLIENT, VIP, TcpView.SYN).tcpOptions(2, 4, 5, 0xb4, 1, 3, 3, 7)));
    }

    private static List<PacketFixture> udpNat() {
        byte[] sumsToZero = dataForAddressesThatSumToZero();
        return List.of(
                in("a datagram goes to the realserver's address and port", UDP_IN, udp(CLIENT, VIP, bytes(1, 2, 3, 4))),
                out("its answer comes from the VIP", UDP_OUT, udp(RIP, CLIENT, bytes(9))),
                in("an empty datagram is a datagram", UDP_IN, udp(CLIENT, VIP)),
                in("UDP without a checksum stays without", UDP_IN, udp(CLIENT, VIP, bytes(1, 2)).noChecksum()),
                out("UDP without a checksum stays without towards the client", UDP_OUT, udp(RIP, CLIENT).noChecksum()),
                in("a UDP checksum that becomes 0 is sent as ffff", UDP_IN, udp(CLIENT, VIP, sumsToZero)),
                out("a UDP checksum of ffff is updated as any other", UDP_OUT, udp(RIP, CLIENT, sumsToZeroBack())));
    }

    private static List<PacketFixture> direct() {
        return List.of(
                dr("DR changes the MACs and takes a step of TTL", TCP_DIRECT, tcp(CLIENT, VIP, TcpView.SYN)),
                dr("DR leaves a UDP checksum of 0 alone", UDP_DIRECT, udp(CLIENT, VIP, bytes(5)).noChecksum()),
                dr("DR leaves IP options alone", TCP_DIRECT, tcp(CLIENT, VIP, TcpView.ACK).ipOptions(0x94, 4, 0, 0)),
                dr("DR carries odd data", UDP_DIRECT, udp(CLIENT, VIP, bytes(1, 2, 3))));
    }

    private static List<PacketFixture> headers() {
        return List.of(
                in("a TTL of 2 leaves as 1", TCP_IN, tcp(CLIENT, VIP, TcpView.ACK).ttl(2)),
                in("a TTL of 255 leaves as 254", TCP_IN, tcp(CLIENT, VIP, TcpView.ACK).ttl(255)),
                in("IP options stay and do not hide the ports", TCP_IN, tcp(CLIENT, VIP, 0x10).ipOptions(7, 7, 4, 0, 0, 0, 0, 0)),
                in("40 bytes of IP options are the most", UDP_IN, udp(CLIENT, VIP, bytes(1)).ipOptions(nops(40))),
                in("padding of a short frame stays and counts for nothing", TCP_IN, tcp(CLIENT, VIP, 0x10).padding(6)),
                in("a frame that may be fragmented is forwarded", UDP_IN, udp(CLIENT, VIP).fragment(0)),
                in("the reserved flag is not ours to judge", UDP_IN, udp(CLIENT, VIP).fragment(0xc000)),
                in("type of service and ECN stay", TCP_IN, tcp(CLIENT, VIP, 0xd0).service(0xbb)),
                in("an IP identification of 0 and ffff alike", UDP_IN, udp(CLIENT, VIP).identification(0xffff)),
                PacketFixture.forwarded(
                        "a wrong IP checksum stays wrong by as much",
                        TCP_IN,
                        wrong(tcp(CLIENT, VIP, TcpView.ACK).build(), 25),
                        wrong(toRealServer(TCP_IN, tcp(CLIENT, VIP, TcpView.ACK)), 25)),
                PacketFixture.forwarded(
                        "a wrong TCP checksum stays wrong by as much",
                        TCP_IN,
                        wrong(tcp(CLIENT, VIP, TcpView.ACK).build(), 51),
                        wrong(toRealServer(TCP_IN, tcp(CLIENT, VIP, TcpView.ACK)), 51)));
    }

    private static List<PacketFixture> partial() {
        return List.of(
                partial("a partial TCP checksum follows the address only", TCP_IN, () -> tcp(CLIENT, VIP, 0x18, bytes(1, 2, 3))),
                partial("a partial UDP checksum follows the address only", UDP_IN, () -> udp(CLIENT, VIP, bytes(1, 2, 3))),
                partial("a partial checksum towards the client", TCP_OUT, () -> tcp(RIP, CLIENT, 0x18, bytes(7))),
                partial("DR leaves a partial checksum alone", TCP_DIRECT, () -> tcp(CLIENT, VIP, 0x18, bytes(7))));
    }

    private static List<PacketFixture> large() {
        byte[] data = new byte[60_000];
        new Random(1).nextBytes(data);
        return List.of(
                partial("a super-frame of 60 KB is one rewrite", TCP_IN, () -> tcp(CLIENT, VIP, 0x18, data)),
                partial("a super-frame to the client", TCP_OUT, () -> tcp(RIP, CLIENT, 0x18, data)),
                partial("a super-frame of UDP", UDP_IN, () -> udp(CLIENT, VIP, data)),
                partial("DR carries super-frames", TCP_DIRECT, () -> tcp(CLIENT, VIP, 0x18, data)),
                in("65535 bytes are the most", TCP_IN, tcp(CLIENT, VIP, 0x18, new byte[65_495])),
                in("a jumbo frame with its whole checksum", UDP_IN, udp(CLIENT, VIP, new byte[8_972])));
    }

    interface Frame {
        FrameBuilder make();
    }

    private static PacketFixture partial(String sentence, FlowSpec flow, Frame frame) {
        byte[] in = frame.make().partial().build();
        return PacketFixture.forwardedPartial(sentence, flow, in, expected(flow, frame.make().partial(), in[22]));
    }

    /// `frame` is built, then changed to what must come out and built again.
    private static PacketFixture in(String sentence, FlowSpec flow, FrameBuilder frame) {
        byte[] in = frame.build();
        return PacketFixture.forwarded(sentence, flow, in, expected(flow, frame, in[22]));
    }

    private static PacketFixture out(String sentence, FlowSpec flow, FrameBuilder frame) {
        return in(sentence, flow, frame);
    }

    private static PacketFixture dr(String sentence, FlowSpec flow, FrameBuilder frame) {
        return in(sentence, flow, frame);
    }

    private static byte[] toRealServer(FlowSpec flow, FrameBuilder frame) {
        return expected(flow, frame, 64);
    }

    /// The frame made new from the far side's addresses, MACs and one TTL less.
    private static byte[] expected(FlowSpec flow, FrameBuilder frame, int ttl) {
        frame.macs(flow.mac(), FlowSpec.SOURCE_MAC).ttl((ttl & 0xff) - 1);
        return switch (flow.action()) {
            case TO_REAL_SERVER -> frame.to(flow.replacement().toString()).build();
            case TO_CLIENT -> frame.from(flow.replacement().toString()).build();
            case DIRECT -> frame.build();
        };
    }

    private static int[] nops(int count) {
        int[] options = new int[count];
        java.util.Arrays.fill(options, 1);
        return options;
    }

    private static byte[] wrong(byte[] frame, int checksumByte) {
        frame[checksumByte] ^= 0x20;
        return frame;
    }

    /// Two data bytes that make the checksum 0 (sent as ffff) once the packet is `CLIENT` to `RIP`: what it is with
    /// data 0 is what is missing.
    private static byte[] dataForAddressesThatSumToZero() {
        byte[] frame = udp(CLIENT, RIP, bytes(0, 0)).build();
        return bytes(frame[40], frame[41]);
    }

    /// The same for what comes back, before its rewrite.
    private static byte[] sumsToZeroBack() {
        byte[] frame = udp(RIP, CLIENT, bytes(0, 0)).build();
        return bytes(frame[40], frame[41]);
    }
}
