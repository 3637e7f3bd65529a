package hadirector.forward;

import hadirector.model.Protocol;
import hadirector.packet.FrameBuilder;
import java.util.Random;
import java.util.stream.Stream;

/// Packets of connections that go through a tunnel: every kind, both families outside and inside. A path that computes flow hashes of its
/// own expects [TunnelSpec#withFlowHash] of what they say.
final class TunnelFixtures {
    private static final int LARGE = 1_300;

    private TunnelFixtures() {}

    static Stream<PacketFixture> all() {
        return EncapsulationTest.tunnels().stream().flatMap(tunnel -> Stream.of(FixtureNet.V4, FixtureNet.V6)
                .flatMap(net -> Stream.concat(plain(tunnel, net), net.isV6() ? Stream.of() : fields(tunnel, net))));
    }

    private static Stream<PacketFixture> plain(TunnelSpec tunnel, FixtureNet net) {
        byte[] large = new byte[LARGE];
        new Random(2).nextBytes(large);
        return Stream.of(
                of("an acknowledgment", tunnel, net, tcp(net, 0x10)),
                of("a segment with odd data", tunnel, net, tcp(net, 0x18, FrameBuilder.bytes(1, 2, 3))),
                of("a long segment", tunnel, net, tcp(net, 0x18, large)),
                of("a SYN", tunnel, net, tcp(net, 0x02)),
                of("a datagram", tunnel, net, udp(net, FrameBuilder.bytes(9, 8, 7, 6))),
                of("an empty datagram", tunnel, net, udp(net)),
                of("DSCP and ECN of a datagram", tunnel, net, udp(net, FrameBuilder.bytes(1)).service(0xbb)),
                of("congestion experienced", tunnel, net, tcp(net, 0x10).service(0x03)),
                of("a last hop but one", tunnel, net, tcp(net, 0x10).ttl(2)),
                partial("a partial TCP checksum, completed,", tunnel, net, () -> tcp(net, 0x18, large)),
                partial("a partial UDP checksum, completed,", tunnel, net, () -> udp(net, FrameBuilder.bytes(1, 2, 3))));
    }

    private static Stream<PacketFixture> fields(TunnelSpec tunnel, FixtureNet net) {
        return Stream.of(
                of("what may be fragmented", tunnel, net, udp(net, FrameBuilder.bytes(1)).fragment(0)),
                of("a datagram without checksum", tunnel, net, udp(net, FrameBuilder.bytes(1)).noChecksum()),
                of("a packet with IP options", tunnel, net, tcp(net, 0x10).ipOptions(0x94, 4, 0, 0)));
    }

    private static FrameBuilder tcp(FixtureNet net, int flags, byte... data) {
        return FrameBuilder.tcp(net.client(), net.vip(), flags, data);
    }

    private static FrameBuilder udp(FixtureNet net, byte... data) {
        return FrameBuilder.udp(net.client(), net.vip(), data);
    }

    private static PacketFixture of(String what, TunnelSpec tunnel, FixtureNet net, FrameBuilder frame) {
        byte[] in = frame.build();
        return PacketFixture.forwarded(sentence(what, tunnel, net), flow(tunnel, net, in), in, expected(tunnel, net, frame, in));
    }

    private static PacketFixture partial(String what, TunnelSpec tunnel, FixtureNet net, ForwardFixtures.Frame frame) {
        byte[] in = frame.make().partial().build();
        return PacketFixture.forwardedPartial(
                sentence(what, tunnel, net), flow(tunnel, net, in), in, expected(tunnel, net, frame.make(), in));
    }

    private static String sentence(String what, TunnelSpec tunnel, FixtureNet net) {
        return "%s goes by %s%s".formatted(what, tunnel, net.name());
    }

    private static FlowSpec flow(TunnelSpec tunnel, FixtureNet net, byte[] in) {
        var protocol = in[net.isV6() ? 20 : 23] == 6 ? Protocol.TCP : Protocol.UDP;
        return FlowSpec.tunnel(protocol, net.client(), net.vip(), tunnel, FixtureNet.RIP_MAC);
    }

    private static byte[] expected(TunnelSpec tunnel, FixtureNet net, FrameBuilder frame, byte[] in) {
        int ttl = in[net.isV6() ? 21 : 22] & 0xff;
        return tunnel.wrap(frame.macs(FixtureNet.RIP_MAC, FlowSpec.SOURCE_MAC).ttl(ttl - 1).build());
    }
}
