package hadirector.forward;

import static hadirector.packet.FrameBuilder.udp;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.FlowRecord;
import hadirector.fastpath.FastPath;
import hadirector.lab.Lab;
import hadirector.model.Protocol;
import hadirector.packet.FragmentBuilder;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the program at the egress goes by beside the packet, for realservers that are the director itself.
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KernelLocalLabTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int GROUP = 0;
    private static final int REDIRECT = 7;
    private static final int NEXT = -1;
    private static final int LARGE = 4_000;

    private final BpfPath path = new BpfPath();

    @AfterAll
    void close() {
        path.close();
    }

    static Stream<FixtureNet> families() {
        return Stream.of(FixtureNet.V4, FixtureNet.V6);
    }

    private static byte[] answer(FixtureNet net) {
        return FrameBuilder.tcp(net.rip(), net.client(), TcpView.ACK, new byte[100]).build();
    }

    @ParameterizedTest
    @MethodSource("families")
    void whatLeavesByItsOwnWayIsRewrittenAndLetOut(FixtureNet net) {
        int slot = path.insert(net.out(Protocol.TCP));
        byte[] out = path.runEgress(answer(net)).out();
        var records = path.programs.table.records(slot);
        long record = path.programs.table.recordAt(slot, 1);
        int flags = FlowRecords.flags(records, record);
        FlowRecords.nextHop(records, record, FixtureNet.ROUTER_MAC, FlowSpec.SOURCE_MAC, path.ifindex());
        var result = path.runEgress(answer(net));
        assertThat(result.verdict()).isEqualTo(KernelVerdict.NEXT);
        assertThat(result.out()).isEqualTo(out);
        FlowRecords.flags(records, record, flags & ~FlowRecord.OFFLOAD);
        assertThat(path.runEgress(answer(net)).verdict()).as("not offloaded").isEqualTo(KernelVerdict.PUNT);
        FlowRecords.flags(records, record, 0);
        assertThat(path.runEgress(answer(net)).verdict()).as("not filled yet").isEqualTo(KernelVerdict.PUNT);
        path.programs.table.remove(slot, System.nanoTime());
    }

    @ParameterizedTest
    @MethodSource("families")
    void theLeaseHoldsForAnswersToo(FixtureNet net) {
        int slot = path.insert(net.out(Protocol.TCP));
        path.programs.maps.lease(GROUP, System.nanoTime() - SECOND);
        assertThat(path.runEgress(answer(net)).verdict()).as("just over").isEqualTo(KernelVerdict.DROP);
        path.programs.maps.lease(GROUP, System.nanoTime() - 61 * SECOND);
        assertThat(path.runEgress(answer(net)).verdict()).as("long over").isEqualTo(KernelVerdict.NEXT);
        path.programs.maps.lease(GROUP, 0);
        assertThat(path.runEgress(answer(net)).verdict()).as("a backup's").isEqualTo(KernelVerdict.NEXT);
        path.programs.maps.lease(GROUP, System.nanoTime() + 3_600 * SECOND);
        assertThat(path.runEgress(answer(net)).verdict()).isEqualTo(KernelVerdict.HIT);
        path.programs.table.remove(slot, System.nanoTime());
    }

    @ParameterizedTest
    @MethodSource("families")
    void fragmentsGoWhereTheFirstOfTheirDatagramWent(FixtureNet net) {
        int slot = path.insert(net.out(Protocol.UDP));
        var ours = fragments(net.rip(), net.client(), 0x4711);
        var others = fragments(net.at(net.server(), 53), net.client(), 0x4712);
        assertThat(verdicts(ours.subList(1, ours.size()))).as("without a first").containsOnly(KernelVerdict.NEXT);
        assertThat(verdicts(ours)).containsOnly(KernelVerdict.PUNT);
        assertThat(verdicts(others)).as("the host's own").containsOnly(KernelVerdict.NEXT);
        path.programs.table.remove(slot, System.nanoTime());
    }

    /// The last one has a byte of data.
    private static List<byte[]> fragments(String from, String to, int id) {
        byte[] datagram = udp(from, to, new byte[LARGE + 1]).fragment(0).build();
        return new FragmentBuilder(datagram, id).cut(1200, 2400, LARGE + 8);
    }

    private List<KernelVerdict> verdicts(List<byte[]> frames) {
        return frames.stream().map(frame -> path.runEgress(frame).verdict()).toList();
    }

    @ParameterizedTest
    @MethodSource("families")
    void whatJavaGivesToTheHostComesInAgainAndIsNotTakenTwice(FixtureNet net) {
        byte[] toVip = FrameBuilder.tcp(net.client(), net.vip(), TcpView.SYN, new byte[0]).build();
        assertThat(path.given(path.programs.egress, toVip)).containsExactly(REDIRECT, FastPath.MARK_HOST);
        assertThat(path.given(path.programs.tc, toVip)).containsExactly(NEXT, 0);
        assertThat(path.runTc(toVip).verdict()).isEqualTo(KernelVerdict.PUNT);
    }

    /// Neighbour discovery, errors and whatever else has to do with no connection.
    @Test
    void theHostsOwnFramesLeaveAsTheyCame() {
        var net = FixtureNet.V4;
        byte[] other = udp(net.at(net.server(), 53), net.client(), new byte[8]).build();
        byte[] error = FrameBuilder.icmp("10.1.0.2", "198.51.100.7", 3, 3, 0, Arrays.copyOfRange(other, 14, other.length)).build();
        for (byte[] frame : List.of(other, error)) {
            var result = path.runEgress(frame);
            assertThat(result.verdict()).isEqualTo(KernelVerdict.NEXT);
            assertThat(result.out()).isEqualTo(frame);
        }
    }
}
