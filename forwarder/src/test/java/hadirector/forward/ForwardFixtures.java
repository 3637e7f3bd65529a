package hadirector.forward;

import static hadirector.packet.FrameBuilder.bytes;
import static hadirector.packet.FrameBuilder.tcp;
import static hadirector.packet.FrameBuilder.udp;

import hadirector.engine.Counter;
import hadirector.model.Protocol;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// Packets of connections that the table knows, over IPv4 and over IPv6.
final class ForwardFixtures {
    static final String CLIENT = FixtureNet.V4.client();
    static final String VIP = FixtureNet.V4.vip();
    static final String RIP = FixtureNet.V4.rip();
    static final long RIP_MAC = FixtureNet.RIP_MAC;
    static final long ROUTER_MAC = FixtureNet.ROUTER_MAC;

    static final FlowSpec TCP_IN = FixtureNet.V4.in(Protocol.TCP);
    static final FlowSpec TCP_OUT = FixtureNet.V4.out(Protocol.TCP);
    static final FlowSpec UDP_IN = FixtureNet.V4.in(Protocol.UDP);
    static final FlowSpec UDP_OUT = FixtureNet.V4.out(Protocol.UDP);
    static final FlowSpec TCP_DIRECT = FixtureNet.V4.direct(Protocol.TCP);
    static final FlowSpec UDP_DIRECT = FixtureNet.V4.direct(Protocol.UDP);

    private final FixtureNet net;
    private final String client;
    private final String vip;
    private final String rip;
    private final String ripSamePort;
    private final FlowSpec tcpIn;
    private final FlowSpec tcpOut;
    private final FlowSpec udpIn;
    private final FlowSpec udpOut;
    private final FlowSpec tcpDirect;
    private final FlowSpec udpDirect;

    private ForwardFixtures(FixtureNet net) {
        this.net = net;
        client = net.client();
        vip = net.vip();
        rip = net.rip();
        ripSamePort = net.at(net.server(), 80);
        tcpIn = net.in(Protocol.TCP);
        tcpOut = net.out(Protocol.TCP);
        udpIn = net.in(Protocol.UDP);
        udpOut = net.out(Protocol.UDP);
        tcpDirect = net.direct(Protocol.TCP);
        udpDirect = net.direct(Protocol.UDP);
    }

    static Stream<PacketFixture> all() {
        var v4 = new ForwardFixtures(FixtureNet.V4);
        var v6 = new ForwardFixtures(FixtureNet.V6);
        return Stream.of(v4.both(), v4.headersV4(), v6.both(), v6.headersV6()).flatMap(fixtures -> fixtures);
    }

    private Stream<PacketFixture> both() {
        return Stream.of(tcpNat(), udpNat(), direct(), headers(), partial(), large()).flatMap(List::stream);
    }

    private List<PacketFixture> tcpNat() {
        return List.of(
                in("a SYN goes to the realserver's address and port", tcpIn, tcp(client, vip, TcpView.SYN)),
                out("a SYN-ACK comes from the VIP", tcpOut, tcp(rip, client, TcpView.SYN | TcpView.ACK)),
                in("an even number of data bytes keeps its checksum right", tcpIn, tcp(client, vip, 0x18, bytes(1, 2))),
                in("an odd number of data bytes keeps its checksum right", tcpIn, tcp(client, vip, 0x18, bytes(1, 2, 3))),
                out("odd data to the client keeps its checksum right", tcpOut, tcp(rip, client, 0x18, bytes(0xff))),
                in("a FIN goes the same way", tcpIn, tcp(client, vip, TcpView.FIN | TcpView.ACK)),
                out("a RST of the realserver comes from the VIP", tcpOut, tcp(rip, client, TcpView.RST)),
                in(
                        "an unchanged port stays as it is",
                        FlowSpec.toRealServer(Protocol.TCP, client, vip, ripSamePort, FixtureNet.RIP_MAC),
                        tcp(client, vip, TcpView.ACK)),
                out(
                        "an unchanged port stays as it is towards the client",
                        FlowSpec.toClient(Protocol.TCP, ripSamePort, client, vip, FixtureNet.ROUTER_MAC),
                        tcp(ripSamePort, client, TcpView.ACK)),
                in("TCP options stay", tcpIn, tcp(client, vip, TcpView.SYN).tcpOptions(2, 4, 5, 0xb4, 1, 3, 3, 7)));
    }

    private List<PacketFixture> udpNat() {
        byte[] sumsToZero = dataForAddressesThatSumToZero();
        return List.of(
                in("a datagram goes to the realserver's address and port", udpIn, udp(client, vip, bytes(1, 2, 3, 4))),
                out("its answer comes from the VIP", udpOut, udp(rip, client, bytes(9))),
                in("an empty datagram is a datagram", udpIn, udp(client, vip)),
                in("UDP without a checksum stays without", udpIn, udp(client, vip, bytes(1, 2)).noChecksum()),
                out("UDP without a checksum stays without towards the client", udpOut, udp(rip, client).noChecksum()),
                in("a UDP checksum that becomes 0 is sent as ffff", udpIn, udp(client, vip, sumsToZero)),
                out("a UDP checksum of ffff is updated as any other", udpOut, udp(rip, client, sumsToZeroBack())));
    }

    private List<PacketFixture> direct() {
        return List.of(
                dr("DR changes the MACs and takes a step of TTL", tcpDirect, tcp(client, vip, TcpView.SYN)),
                dr("DR leaves a UDP checksum of 0 alone", udpDirect, udp(client, vip, bytes(5)).noChecksum()),
                dr("DR carries odd data", udpDirect, udp(client, vip, bytes(1, 2, 3))));
    }

    private List<PacketFixture> partial() {
        return List.of(
                partial("a partial TCP checksum follows the address only", tcpIn, () -> tcp(client, vip, 0x18, bytes(1, 2, 3))),
                partial("a partial UDP checksum follows the address only", udpIn, () -> udp(client, vip, bytes(1, 2, 3))),
                partial("a partial checksum towards the client", tcpOut, () -> tcp(rip, client, 0x18, bytes(7))),
                partial("DR leaves a partial checksum alone", tcpDirect, () -> tcp(client, vip, 0x18, bytes(7))));
    }

    private List<PacketFixture> large() {
        byte[] data = new byte[60_000];
        new Random(1).nextBytes(data);
        return List.of(
                partial("a super-frame of 60 KB is one rewrite", tcpIn, () -> tcp(client, vip, 0x18, data)),
                partial("a super-frame to the client", tcpOut, () -> tcp(rip, client, 0x18, data)),
                partial("a super-frame of UDP", udpIn, () -> udp(client, vip, data)),
                partial("DR carries super-frames", tcpDirect, () -> tcp(client, vip, 0x18, data)),
                in("a jumbo frame with its whole checksum", udpIn, udp(client, vip, new byte[8_972])));
    }

    private List<PacketFixture> headers() {
        return List.of(
                in("a TTL of 2 leaves as 1", tcpIn, tcp(client, vip, TcpView.ACK).ttl(2)),
                in("a TTL of 255 leaves as 254", tcpIn, tcp(client, vip, TcpView.ACK).ttl(255)),
                in("padding of a short frame stays and counts for nothing", tcpIn, tcp(client, vip, 0x10).padding(6)),
                in("type of service and ECN stay", tcpIn, tcp(client, vip, 0xd0).service(0xbb)),
                PacketFixture.forwarded(
                        sentence("a wrong TCP checksum stays wrong by as much"),
                        tcpIn,
                        wrong(tcp(client, vip, TcpView.ACK).build(), net.isV6() ? 71 : 51),
                        wrong(toRealServer(tcpIn, tcp(client, vip, TcpView.ACK)), net.isV6() ? 71 : 51)));
    }

    private Stream<PacketFixture> headersV4() {
        return Stream.of(
                in("IP options stay and do not hide the ports", tcpIn, tcp(client, vip, 0x10).ipOptions(7, 7, 4, 0, 0, 0, 0, 0)),
                in("40 bytes of IP options are the most", udpIn, udp(client, vip, bytes(1)).ipOptions(nops(40))),
                dr("DR leaves IP options alone", tcpDirect, tcp(client, vip, TcpView.ACK).ipOptions(0x94, 4, 0, 0)),
                in("a frame that may be fragmented is forwarded", udpIn, udp(client, vip).fragment(0)),
                in("the reserved flag is not ours to judge", udpIn, udp(client, vip).fragment(0xc000)),
                in("an IP identification of 0 and ffff alike", udpIn, udp(client, vip).identification(0xffff)),
                in("65535 bytes are the most", tcpIn, tcp(client, vip, 0x18, new byte[65_495])),
                PacketFixture.forwarded(
                        "a wrong IP checksum stays wrong by as much",
                        tcpIn,
                        wrong(tcp(client, vip, TcpView.ACK).build(), 25),
                        wrong(toRealServer(tcpIn, tcp(client, vip, TcpView.ACK)), 25)));
    }

    private Stream<PacketFixture> headersV6() {
        return Stream.of(
                in("a payload of 65535 bytes is the most", tcpIn, tcp(client, vip, 0x18, new byte[65_515])),
                in("hop-by-hop options stay", tcpIn, tcp(client, vip, 0x10).extension(0, 0, 5, 2, 0, 0, 1, 0)),
                out("hop-by-hop options stay towards the client", udpOut, udp(rip, client, bytes(1)).extension(0, 0, 1, 4, 0, 0, 0, 0)),
                in("destination options stay", udpIn, udp(client, vip, bytes(1)).extension(60, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
                in("a routing header without segments left stays", tcpIn, tcp(client, vip, 0x10).extension(43, 0, 4, 0, 0, 0, 0, 0)),
                in("a fragment that is the whole datagram is a datagram", udpIn, udp(client, vip, bytes(1)).fragmentHeader(0, false, 7)),
                in(
                        "six extension headers are the most",
                        udpIn,
                        udp(client, vip, bytes(1))
                                .extension(0, 0, 1, 4, 0, 0, 0, 0)
                                .extension(60, 0, 1, 4, 0, 0, 0, 0)
                                .extension(43, 0, 4, 0, 0, 0, 0, 0)
                                .fragmentHeader(0, false, 7)
                                .extension(60, 0, 1, 4, 0, 0, 0, 0)
                                .extension(60, 0, 1, 4, 0, 0, 0, 0)),
                dr("DR leaves extension headers alone", tcpDirect, tcp(client, vip, 0x10).extension(60, 0, 1, 4, 0, 0, 0, 0)),
                dr(
                        "DR leaves an authentication header alone",
                        tcpDirect,
                        tcp(client, vip, 0x10).extension(51, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9, 8, 8, 8, 8, 7, 7, 7, 7)),
                dropped(
                        "seven extension headers are too many",
                        Counter.DROP_MALFORMED,
                        udpIn,
                        udp(client, vip, bytes(1))
                                .extension(60, 0, 1, 4, 0, 0, 0, 0)
                                .extension(60, 0, 1, 4, 0, 0, 0, 0)
                                .extension(60, 0, 1, 4, 0, 0, 0, 0)
                                .extension(60, 0, 1, 4, 0, 0, 0, 0)
                                .extension(60, 0, 1, 4, 0, 0, 0, 0)
                                .extension(60, 0, 1, 4, 0, 0, 0, 0)
                                .extension(60, 0, 1, 4, 0, 0, 0, 0)),
                dropped(
                        "hop-by-hop options behind another header are malformed",
                        Counter.DROP_MALFORMED,
                        udpIn,
                        udp(client, vip).extension(60, 0, 1, 4, 0, 0, 0, 0).extension(0, 0, 1, 4, 0, 0, 0, 0)),
                dropped(
                        "two fragment headers are malformed",
                        Counter.DROP_MALFORMED,
                        udpIn,
                        udp(client, vip).fragmentHeader(0, false, 1).fragmentHeader(0, false, 2)),
                dropped(
                        "an extension header longer than the packet is malformed",
                        Counter.DROP_MALFORMED,
                        udpIn,
                        udp(client, vip).extension(60, 2, 1, 4, 0, 0, 0, 0)),
                dropped(
                        "a packet that has still to visit others is not ours",
                        Counter.DROP_UNSUPPORTED,
                        udpIn,
                        udp(client, vip).extension(43, 0, 4, 1, 0, 0, 0, 0)),
                dropped(
                        "encrypted payload is not ours",
                        Counter.DROP_UNSUPPORTED,
                        udpIn,
                        FrameBuilder.ip(50, net.host(), net.vipHost(), new byte[24])),
                dropped(
                        "nothing behind the headers is not ours",
                        Counter.DROP_UNSUPPORTED,
                        udpIn,
                        FrameBuilder.ip(59, net.host(), net.vipHost())),
                dropped(
                        "ICMP of IPv4 over IPv6 is not ours",
                        Counter.DROP_UNSUPPORTED,
                        udpIn,
                        FrameBuilder.ip(1, net.host(), net.vipHost(), new byte[8])));
    }

    private PacketFixture dropped(String sentence, Counter why, FlowSpec flow, FrameBuilder frame) {
        return PacketFixture.dropped(sentence(sentence), why, frame.build()).withFlow(flow);
    }

    private String sentence(String text) {
        return text + net.name();
    }

    interface Frame {
        FrameBuilder make();
    }

    private PacketFixture partial(String sentence, FlowSpec flow, Frame frame) {
        byte[] in = frame.make().partial().build();
        return PacketFixture.forwardedPartial(sentence(sentence), flow, in, expected(flow, frame.make().partial()));
    }

    /// `frame` is built, then changed to what must come out and built again.
    private PacketFixture in(String sentence, FlowSpec flow, FrameBuilder frame) {
        byte[] in = frame.build();
        return PacketFixture.forwarded(sentence(sentence), flow, in, expected(flow, frame));
    }

    private PacketFixture out(String sentence, FlowSpec flow, FrameBuilder frame) {
        return in(sentence, flow, frame);
    }

    private PacketFixture dr(String sentence, FlowSpec flow, FrameBuilder frame) {
        return in(sentence, flow, frame);
    }

    private static byte[] toRealServer(FlowSpec flow, FrameBuilder frame) {
        return expected(flow, frame);
    }

    /// The frame made new from the far side's addresses, MACs and one TTL less.
    private static byte[] expected(FlowSpec flow, FrameBuilder frame) {
        frame.macs(flow.mac(), FlowSpec.SOURCE_MAC).oneHopLess();
        return switch (flow.action()) {
            case TO_REAL_SERVER -> frame.to(flow.replacement().toString()).build();
            case TO_CLIENT -> frame.from(flow.replacement().toString()).build();
            case DIRECT -> frame.build();
            case TUNNEL -> flow.tunnel().orElseThrow().wrap(frame.build());
        };
    }

    private static int[] nops(int count) {
        int[] options = new int[count];
        java.util.Arrays.fill(options, 1);
        return options;
    }

    private static byte[] wrong(byte[] frame, int checksumByte) {
        frame[checksumByte]++;
        return frame;
    }

    /// Two data bytes that make the checksum 0 (sent as ffff) once the packet is `client` to `rip`: what it is with
    /// data 0 is what is missing.
    private byte[] dataForAddressesThatSumToZero() {
        byte[] frame = udp(client, rip, bytes(0, 0)).build();
        return net.isV6() ? bytes(frame[60], frame[61]) : bytes(frame[40], frame[41]);
    }

    /// The same for what comes back, before its rewrite.
    private byte[] sumsToZeroBack() {
        byte[] frame = udp(rip, client, bytes(0, 0)).build();
        return net.isV6() ? bytes(frame[60], frame[61]) : bytes(frame[40], frame[41]);
    }
}
