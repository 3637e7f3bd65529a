package hadirector.fastpath;

import static hadirector.fastpath.ServiceLab.ACK;
import static hadirector.fastpath.ServiceLab.GROUP;
import static hadirector.fastpath.ServiceLab.RST;
import static hadirector.fastpath.ServiceLab.SERVICE;
import static hadirector.fastpath.ServiceLab.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.FlowRecord;
import hadirector.fastpath.ServiceLab.Fate;
import hadirector.fastpath.ServiceLab.Ip;
import hadirector.forward.FlowRecords;
import hadirector.lab.NeedsRoot;
import hadirector.model.Endpoint;
import hadirector.model.SchedulerKind;
import hadirector.packet.FrameBuilder;
import hadirector.packet.Ipv4View;
import hadirector.sched.Scheduler;
import hadirector.sched.ServerPool;
import hadirector.sched.SourceHash;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Scheduling by the kernel, run by BPF_PROG_TEST_RUN on single packets.
@Tag("lab")
@NeedsRoot
class ScheduleLabTest {
    private static final int FIN = 1;
    private static final int SERVERS = 5;
    private static final int FIRST_NUMBER = 100;
    private static final long SERVER_MAC = 0x02_00_00_00_aa_00L;
    private static final long DIRECTOR_MAC = 0x02_00_00_00_bb_00L;
    private static final int LOOPBACK = 1;

    private final ServiceLab lab = new ServiceLab();
    private final ServerPool pool = new ServerPool(
            IntStream.range(0, SERVERS).mapToLong(i -> ServerPool.identity(rip(Ip.V4, i))).toArray(), new int[] {1, 2, 3, 4, 5});
    private Scheduler scheduler = Scheduler.of(SchedulerKind.MH, pool, 0);

    @AfterEach
    void close() {
        lab.close();
    }

    private static Endpoint rip(Ip ip, int slot) {
        return Endpoint.of((ip == Ip.V4 ? "10.1.0." + (slot + 1) : "[2001:db8:1::" + (slot + 1) + "]") + ":8080");
    }

    /// The realservers of one family, by NAT.
    private void serve(Ip ip, SchedulerKind kind) {
        scheduler = Scheduler.of(kind, pool, 0);
        char[] cells = scheduler.choices(pool);
        for (int i = 0; i < cells.length; i++) {
            cells[i] = (char) (cells[i] + FIRST_NUMBER);
        }
        lab.maps.schedule().choices(SERVICE, cells);
        lab.services.cells(SERVICE, cells.length);
        lab.services.flag(SERVICE, ServiceEntry.SCHEDULE, true);
        var templates = lab.maps.schedule().templates();
        for (int slot = 0; slot < SERVERS; slot++) {
            long at = (long) (FIRST_NUMBER + slot) * MadeFlow.TEMPLATE_LENGTH;
            var vip = ip.vip();
            var rip = rip(ip, slot).address();
            long record = at + MadeFlow.RECORD_0;
            FlowRecords.toRealServer(templates, record, vip.high(), vip.low(), 80, rip.high(), rip.low(), 8080);
            FlowRecords.nextHop(templates, record, SERVER_MAC + slot, DIRECTOR_MAC, LOOPBACK);
            finish(record, slot, FlowRecord.REWRITE_DESTINATION);
            record = at + MadeFlow.RECORD_1;
            FlowRecords.toClient(templates, record, rip.high(), rip.low(), 8080, vip.high(), vip.low(), 80);
            finish(record, slot, FlowRecord.REWRITE_SOURCE);
            lab.maps.claim(rip, SharedMaps.REALSERVER | GROUP);
            lab.maps.schedule().answersFrom(Ipv4View.TCP, rip(ip, slot), new Endpoint(vip, 80));
            lab.maps.schedule().answersFrom(Ipv4View.UDP, rip(ip, slot), new Endpoint(vip, 80));
            up(slot, true);
        }
    }

    private void finish(long record, int slot, int flags) {
        var templates = lab.maps.schedule().templates();
        templates.set(ValueLayout.JAVA_SHORT, record + FlowRecord.GROUP, (short) GROUP);
        templates.set(ValueLayout.JAVA_SHORT, record + FlowRecord.SERVER, (short) (FIRST_NUMBER + slot));
        FlowRecords.flags(templates, record, flags | FlowRecord.OFFLOAD | FlowRecord.WHOLE);
    }

    private void up(int slot, boolean up) {
        pool.weight(slot, up ? pool.configured(slot) : 0);
        lab.maps.schedule().templates().set(
                ValueLayout.JAVA_INT, (long) (FIRST_NUMBER + slot) * MadeFlow.TEMPLATE_LENGTH, up ? MadeFlow.UP : 0);
    }

    private int choice(String client) {
        var address = Endpoint.of(client).address();
        return scheduler.select(pool, SourceHash.of(address.high(), address.low()));
    }

    private static FrameBuilder toServer(Ip ip, int slot, String client, int flags, int sequence, int ack) {
        return FrameBuilder.tcp(client, rip(ip, slot).toString(), flags, sequence, ack)
                .macs(SERVER_MAC + slot, DIRECTOR_MAC)
                .oneHopLess();
    }

    private static FrameBuilder ofServer(Ip ip, int slot, String client, int flags, int sequence, int ack) {
        return FrameBuilder.tcp(rip(ip, slot).toString(), client, flags, sequence, ack).macs(0, SERVER_MAC + slot);
    }

    private List<String> told() {
        var told = new ArrayList<String>();
        lab.maps.schedule().read((memory, at, length) -> {
            assertThat(length).isEqualTo(MadeFlow.TOLD_LENGTH);
            told.add("service %d server %d ifindex %d".formatted(
                    memory.get(ValueLayout.JAVA_INT, at + MadeFlow.TOLD_SERVICE),
                    memory.get(ValueLayout.JAVA_INT, at + MadeFlow.TOLD_SERVER),
                    memory.get(ValueLayout.JAVA_INT, at + MadeFlow.TOLD_IFINDEX)));
        }, 100);
        return told;
    }

    @ParameterizedTest
    @EnumSource
    void aSynIsForwardedToTheServerThatJavaWouldChoose(Ip ip) {
        serve(ip, SchedulerKind.MH);
        var syn = ip.tcp(SYN, 1000, 7);
        var seen = lab.run(syn.build());
        assertThat(seen.fate()).isEqualTo(Fate.SENT);
        int slot = choice(ip.client + 1);
        assertThat(seen.frame()).isEqualTo(toServer(ip, slot, ip.client + 1000, SYN, 7, 0).build());
        assertThat(told()).as("a forged SYN tells nothing").isEmpty();
        assertThat(lab.count(Verdict.CONNECTIONS_MADE)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"SH", "MH"})
    void everyClientGetsTheServerThatJavaWouldChooseAlsoWhenSomeAreDown(SchedulerKind kind) {
        serve(Ip.V4, kind);
        var random = new Random(1);
        for (int i = 0; i < 600; i++) {
            if (i == 300) {
                up(2, false);
                up(4, false);
            }
            int bits = random.nextInt();
            String client = "10.%d.%d.%d:99".formatted(bits & 255, bits >> 8 & 255, bits >> 16 & 255);
            byte[] frame = lab.run(Ip.V4.tcp(SYN, 1, 1).from(client).build()).frame();
            assertThat(frame[33] - 1).as(client).isEqualTo(choice(client));
        }
    }

    @ParameterizedTest
    @EnumSource
    void javaIsToldOnceWhenTheClientHasHeardTheServer(Ip ip) {
        serve(ip, SchedulerKind.MH);
        String client = ip.client + 1000;
        int slot = choice(client);
        lab.run(ip.tcp(SYN, 1000, 7).build());
        var answer = lab.run(ofServer(ip, slot, client, SYN | ACK, 5000, 8).build());
        assertThat(answer.fate()).isEqualTo(Fate.SENT);
        assertThat(answer.frame()).isEqualTo(FrameBuilder.tcp(ip.vip + 80, client, SYN | ACK, 5000, 8)
                .macs(FrameBuilder.CLIENT_MAC, 0).oneHopLess().build());
        assertThat(lab.fate(ack(ip, 99))).as("a guess").isEqualTo(Fate.SENT);
        assertThat(told()).as("a guess").isEmpty();
        assertThat(lab.fate(ack(ip, 5001))).isEqualTo(Fate.SENT);
        assertThat(told()).containsExactly("service 11 server %d ifindex 1".formatted(FIRST_NUMBER + slot));
        assertThat(lab.fate(ack(ip, 5001))).isEqualTo(Fate.SENT);
        assertThat(told()).as("told already").isEmpty();
    }

    private static FrameBuilder ack(Ip ip, int number) {
        return FrameBuilder.tcp(ip.client + 1000, ip.vip + 80, ACK, 8, number).macs(0, FrameBuilder.CLIENT_MAC);
    }

    @ParameterizedTest
    @EnumSource
    void endingsOfAFlowThatJavaHasNotTakenOverAreForwardedBothWays(Ip ip) {
        serve(ip, SchedulerKind.MH);
        String client = ip.client + 1000;
        int slot = choice(client);
        lab.run(ip.tcp(SYN, 1000, 7).build());
        assertThat(lab.fate(ip.tcp(FIN | ACK, 1000, 8))).isEqualTo(Fate.SENT);
        assertThat(lab.fate(ip.tcp(RST, 1000, 8))).isEqualTo(Fate.SENT);
        assertThat(lab.fate(ofServer(ip, slot, client, FIN | ACK, 5000, 8))).isEqualTo(Fate.SENT);
        assertThat(lab.fate(ofServer(ip, slot, client, RST, 5000, 8))).isEqualTo(Fate.SENT);
    }

    @Test
    void aSegmentWhoseFlowIsForgottenFindsItsServerAgain() {
        serve(Ip.V4, SchedulerKind.MH);
        int slot = choice("10.0.0.1:1");
        var seen = lab.run(ack(Ip.V4, 77).build());
        assertThat(seen.frame()).isEqualTo(toServer(Ip.V4, slot, "10.0.0.1:1000", ACK, 8, 77).build());
    }

    @Test
    void whatAnotherRealserverOfTheServiceSaysToTheClientIsTheHosts() {
        serve(Ip.V4, SchedulerKind.MH);
        int slot = choice("10.0.0.1:1");
        lab.run(Ip.V4.tcp(SYN, 1000, 7).build());
        int other = (slot + 1) % SERVERS;
        assertThat(lab.fate(ofServer(Ip.V4, other, "10.0.0.1:1000", SYN | ACK, 5000, 8))).isEqualTo(Fate.PASSED);
    }

    @Test
    void whatARealserverSaysToStrangersIsTheHosts() {
        serve(Ip.V4, SchedulerKind.MH);
        assertThat(lab.fate(ofServer(Ip.V4, 0, "10.0.0.1:1000", SYN | ACK, 5000, 8))).isEqualTo(Fate.PASSED);
    }

    @Test
    void udpIsToldAtTheClientsSecondPacketIfTheServerHasAnswered() {
        serve(Ip.V4, SchedulerKind.MH);
        int slot = choice("10.0.0.1:1");
        var query = FrameBuilder.udp("10.0.0.1:1000", "10.0.0.100:80", (byte) 1).macs(0, FrameBuilder.CLIENT_MAC);
        assertThat(lab.fate(query)).isEqualTo(Fate.SENT);
        assertThat(lab.fate(query)).isEqualTo(Fate.SENT);
        assertThat(told()).isEmpty();
        var reply = FrameBuilder.udp(rip(Ip.V4, slot).toString(), "10.0.0.1:1000", (byte) 2).macs(0, SERVER_MAC);
        assertThat(lab.fate(reply)).isEqualTo(Fate.SENT);
        assertThat(lab.fate(query)).isEqualTo(Fate.SENT);
        assertThat(told()).hasSize(1);
    }

    /// Length and table of a service change one after the other, with some milliseconds between.
    @Test
    void cellsBehindTheEndOfATableAreNobodys() {
        serve(Ip.V4, SchedulerKind.MH);
        var templates = lab.maps.schedule().templates();
        MemorySegment.copy(templates, (long) FIRST_NUMBER * MadeFlow.TEMPLATE_LENGTH, templates, 0, MadeFlow.TEMPLATE_LENGTH);
        lab.maps.schedule().choices(SERVICE, new char[] {FIRST_NUMBER + 1});
        lab.services.cells(SERVICE, 1_000);
        for (int i = 0; i < 100; i++) {
            assertThat(lab.fate(Ip.V4.tcp(SYN, 1, 1).from("10.0.0." + i + ":99"))).isEqualTo(Fate.PUNTED);
        }
    }

    /// A realserver's number is given to another while processors make flows to it.
    @Test
    void aFlowIsMadeOfOneTemplateAndNeverOfTwo() throws Exception {
        serve(Ip.V4, SchedulerKind.MH);
        int slot = choice("10.0.0.1:1");
        var done = new AtomicBoolean();
        var templates = lab.maps.schedule().templates();
        long at = (long) (FIRST_NUMBER + slot) * MadeFlow.TEMPLATE_LENGTH;
        byte[] one = templates.asSlice(at, MadeFlow.TEMPLATE_LENGTH).toArray(ValueLayout.JAVA_BYTE);
        byte[] other = templates.asSlice((long) (FIRST_NUMBER + (slot + 1) % SERVERS) * MadeFlow.TEMPLATE_LENGTH, MadeFlow.TEMPLATE_LENGTH)
                .toArray(ValueLayout.JAVA_BYTE);
        var writer = Thread.ofPlatform().daemon().start(() -> {
            for (int i = 0; !done.get(); i++) {
                lab.maps.schedule().template(FIRST_NUMBER + slot, MemorySegment.ofArray(i % 2 == 0 ? other : one));
            }
        });
        for (int i = 0; i < 20_000; i++) {
            String client = "10.0.0.1:" + (1 + i);
            if (lab.run(Ip.V4.tcp(SYN, 1 + i, 7).build()).fate() == Fate.SENT) {
                byte[] segment = lab.run(FrameBuilder.tcp(client, "10.0.0.100:80", ACK, 8, 9).macs(0, FrameBuilder.CLIENT_MAC).build()).frame();
                int to = segment[33] - 1;
                assertThat(segment).isEqualTo(toServer(Ip.V4, to, client, ACK, 8, 9).build());
                assertThat(lab.run(ofServer(Ip.V4, to, client, ACK, 5000, 8).build()).frame())
                        .isEqualTo(FrameBuilder.tcp("10.0.0.100:80", client, ACK, 5000, 8).macs(FrameBuilder.CLIENT_MAC, 0).oneHopLess().build());
            }
        }
        done.set(true);
        writer.join();
    }

    @Test
    void withoutAServerThatIsUpJavaDecides() {
        serve(Ip.V4, SchedulerKind.MH);
        for (int slot = 0; slot < SERVERS; slot++) {
            up(slot, false);
        }
        assertThat(lab.fate(Ip.V4.tcp(SYN, 1000, 7))).isEqualTo(Fate.PUNTED);
    }
}
