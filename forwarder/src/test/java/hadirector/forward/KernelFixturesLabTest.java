package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.ConnectionTable;
import hadirector.lab.Lab;
import hadirector.model.Protocol;
import hadirector.packet.EthernetView;
import hadirector.packet.FrameBuilder;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.NetworkOrder;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The packet fixtures, run through the loaded programs: a hit leaves byte for byte as the Java path sends it, everything else is
/// untouched and goes where it belongs.
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KernelFixturesLabTest {
    /// What a test run takes: a page with an skb around it.
    private static final int RUN_MAX = 3_400;

    private final BpfPath path = new BpfPath();

    @AfterAll
    void close() {
        path.close();
    }

    /// Partial checksums and super-frames take a wire; a frame without a whole IP header the kernel makes no skb of.
    static Stream<PacketFixture> fixtures() {
        return PacketFixtures.all().filter(f -> !f.partial() && isRunnable(f.in()));
    }

    static boolean isRunnable(byte[] frame) {
        return frame.length <= RUN_MAX && frame.length >= lengthMin(frame);
    }

    private static int lengthMin(byte[] frame) {
        if (frame.length <= EthernetView.LENGTH) {
            return EthernetView.LENGTH + 1;
        }
        return switch (NetworkOrder.u16(MemorySegment.ofArray(frame), EthernetView.TYPE)) {
            case EthernetView.TYPE_IPV4 -> EthernetView.LENGTH + Ipv4View.LENGTH_MIN;
            case EthernetView.TYPE_IPV6 -> EthernetView.LENGTH + Ipv6View.LENGTH;
            default -> EthernetView.LENGTH + 1;
        };
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void theProgramAtTcDoesWhatTheFixtureSays(PacketFixture fixture) {
        check(fixture, KernelVerdict.expected(fixture), path::tc);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void theProgramAtXdpDoesTheHitsAndNothingElse(PacketFixture fixture) {
        boolean hit = KernelVerdict.expected(fixture) == KernelVerdict.HIT;
        check(fixture, hit ? KernelVerdict.HIT : KernelVerdict.NEXT, path::xdp);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void theProgramAtTheEgressDoesWhatARealserverOnTheDirectorSays(PacketFixture fixture) {
        check(fixture, KernelVerdict.leaving(fixture), path::egress);
    }

    static Stream<PacketFixture> hits() {
        return fixtures().filter(f -> KernelVerdict.expected(f) == KernelVerdict.HIT && f.flows().getFirst().tunnel().isEmpty());
    }

    /// Rewritten as any, and then the host's.
    @ParameterizedTest(name = "{0}")
    @MethodSource("hits")
    void whatIsForARealserverOnTheDirectorGoesOnToTheHost(PacketFixture fixture) {
        var result = path.tcToLocal(fixture);
        assertThat(result.verdict()).isEqualTo(KernelVerdict.NEXT);
        assertThat(hex(result.out())).isEqualTo(hex(fixture.out()));
        assertThat(result.lastSeen()).isNotZero();
    }

    private void check(
            PacketFixture fixture,
            KernelVerdict expected,
            java.util.function.Function<PacketFixture, BpfPath.Result> runner) {
        long before = path.forwarded();
        var counted = path.counted();
        var result = runner.apply(fixture);
        boolean hit = expected == KernelVerdict.HIT;
        assertThat(result.verdict()).isEqualTo(expected);
        assertThat(hex(result.out())).isEqualTo(hex(hit ? path.withFlowHash(fixture.flows().getFirst(), fixture.out()) : fixture.in()));
        assertThat(path.forwarded() - before).isEqualTo(hit ? 1 : 0);
        assertThat(result.lastSeen() != 0).isEqualTo(hit);
        assertThat(path.counted()).isEqualTo(hit ? plus(counted, fixture) : counted);
    }

    private static List<Long> plus(List<Long> counted, PacketFixture fixture) {
        var parsed = new ParsedFrame();
        parsed.parse(MemorySegment.ofArray(fixture.in()), 0, fixture.in().length);
        return List.of(counted.get(0) + 1, counted.get(1) + parsed.ipLength());
    }

    /// The program takes it for one that may be partial, and asks the kernel.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWholeChecksumThatIsThePseudoHeadersSumByChanceIsUpdatedAsAnyOther(boolean udp) {
        var net = FixtureNet.V4;
        for (int data = 0; data < 0x10000; data++) {
            byte[] in = packet(udp, net.vip(), data).build();
            int at = udp ? 40 : 50;
            if (Arrays.equals(in, at, at + 2, packet(udp, net.vip(), data).partial().build(), at, at + 2)) {
                byte[] out = packet(udp, net.rip(), data).macs(FixtureNet.RIP_MAC, FlowSpec.SOURCE_MAC).ttl(63).build();
                var flow = net.in(udp ? Protocol.UDP : Protocol.TCP);
                check(PacketFixture.forwarded("by chance", flow, in, out), KernelVerdict.HIT, path::tc);
                return;
            }
        }
        throw new AssertionError("there is such data");
    }

    private static FrameBuilder packet(boolean udp, String to, int data) {
        byte[] bytes = FrameBuilder.bytes(data >> 8, data);
        String from = FixtureNet.V4.client();
        return udp ? FrameBuilder.udp(from, to, bytes) : FrameBuilder.tcp(from, to, TcpView.ACK, bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {TcpView.FIN | TcpView.ACK, TcpView.RST, TcpView.RST | TcpView.ACK})
    void anEndThatTheProgramForwardsIsTold(int flags) {
        var net = FixtureNet.V4;
        int slot = path.insert(net.in(Protocol.TCP));
        try {
            var _ = path.endings();
            assertThat(path.runTc(end(net, flags)).verdict()).isEqualTo(KernelVerdict.HIT);
            assertThat(path.endings()).containsExactly(List.of(ConnectionTable.flow(slot, 0), flags));
        } finally {
            path.programs.table.remove(slot, System.nanoTime());
        }
    }

    @Test
    void anEndThatCannotBeToldIsJavas() throws InterruptedException {
        var net = FixtureNet.V4;
        int slot = path.insert(net.in(Protocol.TCP));
        try {
            var _ = path.endings();
            byte[] end = end(net, TcpView.FIN | TcpView.ACK);
            int told = path.hits(end);
            assertThat(told).isPositive();
            assertThat(path.runTc(end).verdict()).isEqualTo(KernelVerdict.PUNT);
            assertThat(path.endings()).hasSize(told);
            assertThat(path.runTc(end).verdict()).isEqualTo(KernelVerdict.HIT);
        } finally {
            path.programs.table.remove(slot, System.nanoTime());
        }
    }

    private static byte[] end(FixtureNet net, int flags) {
        return FrameBuilder.tcp(net.client(), net.vip(), flags, new byte[0]).build();
    }

    @Test
    void thereAreFixturesOfEveryKind() {
        var verdicts = fixtures().map(KernelVerdict::expected).toList();
        assertThat(verdicts.stream().filter(KernelVerdict.HIT::equals)).hasSizeGreaterThan(30);
        assertThat(verdicts.stream().filter(KernelVerdict.PUNT::equals)).hasSizeGreaterThan(100);
        assertThat(verdicts).contains(KernelVerdict.NEXT);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
