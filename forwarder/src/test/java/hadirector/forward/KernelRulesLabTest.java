package hadirector.forward;

import static hadirector.packet.FrameBuilder.icmp;
import static hadirector.packet.FrameBuilder.tcp;
import static hadirector.packet.FrameBuilder.udp;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.FlowRecord;
import hadirector.fastpath.Verdict;
import hadirector.lab.Lab;
import hadirector.model.Protocol;
import hadirector.model.TunnelKind;
import hadirector.packet.EthernetView;
import hadirector.packet.FrameBuilder;
import hadirector.packet.NetworkOrder;
import hadirector.packet.TcpView;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the programs go by beside the packet: leases, flags of the record, MTUs, tunnels, counters; and many processors at once.
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KernelRulesLabTest {
    /// Between changes of the table: what was freed rests for 100 ms, and only so many slots can.
    private static final long CHANGE_NANOS = 50_000;

    private static final long SECOND = 1_000_000_000L;
    private static final int GROUP = 0;
    private static final FixtureNet NET = FixtureNet.V4;
    private static final byte[] SEGMENT = tcp(NET.client(), NET.vip(), TcpView.ACK, new byte[100]).build();
    private static final byte[] STRANGER = udp(NET.client(), NET.vip(), new byte[4]).build();

    private final BpfPath path = new BpfPath();
    private int slot;

    @BeforeEach
    void insert() {
        slot = path.insert(NET.in(Protocol.TCP));
        path.programs.maps.lease(GROUP, System.nanoTime() + 3_600 * SECOND);
    }

    @AfterEach
    void remove() {
        path.programs.table.remove(slot, System.nanoTime());
    }

    @AfterAll
    void close() {
        path.close();
    }

    private MemorySegment records() {
        return path.programs.table.records(slot);
    }

    private long record() {
        return path.programs.table.recordAt(slot, 0);
    }

    private void expect(KernelVerdict flow, KernelVerdict address, KernelVerdict xdp) {
        assertThat(path.runTc(SEGMENT).verdict()).as("a known flow").isEqualTo(flow);
        assertThat(path.runTc(STRANGER).verdict()).as("a floating address").isEqualTo(address);
        assertThat(path.runXdp(SEGMENT).verdict()).as("a known flow at XDP").isEqualTo(xdp);
    }

    @Test
    void aLeaseThatIsOverDropsForAMinuteAndThenLetsPass() {
        expect(KernelVerdict.HIT, KernelVerdict.PUNT, KernelVerdict.HIT);
        long before = path.programs.verdict(Verdict.DROP_CLOSED);
        path.programs.maps.lease(GROUP, System.nanoTime() - SECOND);
        expect(KernelVerdict.DROP, KernelVerdict.DROP, KernelVerdict.NEXT);
        assertThat(path.programs.verdict(Verdict.DROP_CLOSED) - before).isEqualTo(2);
        path.programs.maps.lease(GROUP, System.nanoTime() - 59 * SECOND);
        expect(KernelVerdict.DROP, KernelVerdict.DROP, KernelVerdict.NEXT);
        path.programs.maps.lease(GROUP, System.nanoTime() - 61 * SECOND);
        expect(KernelVerdict.NEXT, KernelVerdict.NEXT, KernelVerdict.NEXT);
        path.programs.maps.lease(GROUP, 0);
        expect(KernelVerdict.NEXT, KernelVerdict.NEXT, KernelVerdict.NEXT);
    }

    @Test
    void whatMayNotBeForwardedByTheKernelIsJavas() {
        int flags = FlowRecords.flags(records(), record());
        FlowRecords.flags(records(), record(), flags & ~FlowRecord.OFFLOAD);
        expect(KernelVerdict.PUNT, KernelVerdict.PUNT, KernelVerdict.NEXT);
        FlowRecords.flags(records(), record(), flags | FlowRecord.TC_ONLY);
        expect(KernelVerdict.HIT, KernelVerdict.PUNT, KernelVerdict.NEXT);
        FlowRecords.flags(records(), record(), flags);
        FlowRecords.nextHop(records(), record(), 1, 2, 0);
        expect(KernelVerdict.PUNT, KernelVerdict.PUNT, KernelVerdict.NEXT);
    }

    @Test
    void whatIsLongerThanTheMtuIsJavasUnlessItsSegmentsFit() {
        int length = SEGMENT.length - 14;
        FlowRecords.mtu(records(), record(), length);
        expect(KernelVerdict.HIT, KernelVerdict.PUNT, KernelVerdict.HIT);
        FlowRecords.mtu(records(), record(), length - 1);
        expect(KernelVerdict.PUNT, KernelVerdict.PUNT, KernelVerdict.NEXT);
        FlowRecords.mtu(records(), record(), 40 + 50);
        long packets = path.counted().getFirst();
        assertThat(path.runTc(SEGMENT, 50).verdict()).isEqualTo(KernelVerdict.HIT);
        assertThat(path.counted().getFirst() - packets).isEqualTo(4);
        assertThat(path.runTc(SEGMENT, 51).verdict()).isEqualTo(KernelVerdict.PUNT);
    }

    /// RFC 1812 5.3.4; the host would not forward them either.
    @ParameterizedTest
    @ValueSource(longs = {EthernetView.BROADCAST, 0x01_00_5e_00_00_64L, 0x33_33_00_00_00_01L})
    void whatDidNotComeForThisHostAloneIsNotForwarded(long mac) {
        for (byte[] frame : List.of(SEGMENT, STRANGER, udp(FixtureNet.V6.client(), FixtureNet.V6.vip(), new byte[4]).build())) {
            NetworkOrder.setU48(MemorySegment.ofArray(frame), 0, mac);
            assertThat(path.runTc(frame).verdict()).isEqualTo(KernelVerdict.NEXT);
            assertThat(path.runXdp(frame).verdict()).isEqualTo(KernelVerdict.NEXT);
        }
    }

    @Test
    void aRealserverWithoutANumberIsForwardedToAndNotCounted() {
        path.programs.table.server(slot, 0xffff);
        var counted = path.counted();
        expect(KernelVerdict.HIT, KernelVerdict.PUNT, KernelVerdict.HIT);
        assertThat(path.counted()).isEqualTo(counted);
    }

    @Test
    void aTunnelThatIsNotInUseAndAPaddedFrameAreJavas() {
        var tunnel = TunnelSpec.of(new TunnelKind.Ipip(), "10.1.0.1", "10.1.0.11");
        int tunnelled = path.insert(FlowSpec.tunnel(Protocol.UDP, NET.client(), NET.vip(), tunnel, FixtureNet.RIP_MAC));
        byte[] padded = udp(NET.client(), NET.vip(), new byte[4]).padding(14).build();
        assertThat(path.runTc(STRANGER).verdict()).isEqualTo(KernelVerdict.HIT);
        assertThat(path.runXdp(STRANGER).verdict()).isEqualTo(KernelVerdict.HIT);
        assertThat(path.runTc(padded).verdict()).isEqualTo(KernelVerdict.PUNT);
        assertThat(path.runXdp(padded).verdict()).isEqualTo(KernelVerdict.NEXT);
        Tunnels.clear(path.programs.maps.tunnels(), (long) FlowSpec.TUNNEL * Tunnels.TEMPLATE_LENGTH);
        assertThat(path.runTc(STRANGER).verdict()).isEqualTo(KernelVerdict.PUNT);
        assertThat(path.runXdp(STRANGER).verdict()).isEqualTo(KernelVerdict.NEXT);
        path.programs.table.remove(tunnelled, System.nanoTime());
    }

    @Test
    void ofRealserversTheHostKeepsFragmentsAndErrorsAndJavaGetsACopy() {
        String server = NET.server();
        byte[] fragment = udp(server + ":53", "203.0.113.1:99", new byte[8]).fragment(0x2005).build();
        byte[] other = udp(server + ":53", "203.0.113.1:99", new byte[8]).build();
        assertThat(path.runTc(fragment).verdict()).isEqualTo(KernelVerdict.COPY);
        assertThat(path.runTc(other).verdict()).isEqualTo(KernelVerdict.NEXT);
        assertThat(path.runTc(error(server, other)).verdict()).isEqualTo(KernelVerdict.COPY);
        assertThat(path.runTc(error("203.0.113.5", other)).verdict()).isEqualTo(KernelVerdict.NEXT);
    }

    @Test
    void errorsAboutATunnelsPacketsAreCopied() {
        String router = "203.0.113.5";
        byte[] ipip = FrameBuilder.ip(4, "10.9.0.2", NET.server(), new byte[28]).build();
        byte[] gue = udp("10.9.0.2:50000", NET.server() + ":6080", new byte[8]).build();
        byte[] probe = udp("10.9.0.2:50000", "10.1.0.99:6080", new byte[8]).build();
        assertThat(path.runTc(error(router, ipip)).verdict()).isEqualTo(KernelVerdict.COPY);
        assertThat(path.runTc(error(router, gue)).verdict()).isEqualTo(KernelVerdict.COPY);
        assertThat(path.runTc(error(router, probe)).verdict()).isEqualTo(KernelVerdict.NEXT);
    }

    private static byte[] error(String from, byte[] about) {
        return icmp(from, "10.9.0.2", 3, 4, 1400, Arrays.copyOfRange(about, 14, about.length)).build();
    }

    /// Readers never see what is not there: a hit is always that of this connection, whose bytes are known.
    @Test
    void processorsCountExactlyAndMissAtMostWhileTheTableChanges() {
        int runs = 2_000;
        byte[] expected = path.runTc(SEGMENT).out();
        long before = path.forwarded();
        var packets = path.counted();
        var wrong = new AtomicBoolean();
        var counts = new AtomicLong();
        var threads = new Thread[Runtime.getRuntime().availableProcessors()];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = path.thread(() -> {
                for (int i = 0; i < runs; i++) {
                    var result = path.runHere(SEGMENT, 0);
                    boolean hit = result.verdict() == KernelVerdict.HIT;
                    counts.addAndGet(hit ? 1 : 0);
                    if (hit && !Arrays.equals(result.out(), expected)) {
                        wrong.set(true);
                    }
                }
            });
        }
        while (Arrays.stream(threads).anyMatch(Thread::isAlive)) {
            path.programs.table.remove(slot, System.nanoTime());
            slot = path.insert(NET.in(Protocol.TCP));
            LockSupport.parkNanos(CHANGE_NANOS);
        }
        assertThat(wrong).isFalse();
        assertThat(counts.get()).isPositive();
        assertThat(path.forwarded() - before).isEqualTo(counts.get());
        assertThat(path.counted().getFirst() - packets.getFirst()).isEqualTo(counts.get());
    }
}
