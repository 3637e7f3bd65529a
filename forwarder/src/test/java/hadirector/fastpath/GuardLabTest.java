package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.KeyHash;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.SkBuff;
import hadirector.lab.NeedsRoot;
import hadirector.model.AccessList;
import hadirector.model.IpAddress;
import hadirector.model.Prefix;
import hadirector.packet.FrameBuilder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The guard of services, run by BPF_PROG_TEST_RUN on single packets.
@Tag("lab")
@NeedsRoot
class GuardLabTest {
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final int REDIRECT = 7;
    private static final int SERVICE = 11;
    private static final int GROUP = 3;
    private static final int CONNECTIONS = 100;
    /// Longer than any test takes: a bucket gives its burst and no more.
    private static final long AN_HOUR = 3_600_000_000_000L;

    private final KeyHash hashing = new KeyHash(7);
    private final SharedTable table = new SharedTable(CONNECTIONS);
    private final SharedMaps maps = new SharedMaps();
    private final ServiceMaps services = maps.services();
    private final BpfProgram program = FastPath.loadTc(table, maps, hashing, CONNECTIONS);

    /// One service, the same in both families.
    enum Ip {
        V4("10.0.0.1:", "10.0.0.100:"),
        V6("[2001:db8::1]:", "[2001:db8::100]:");

        private final String client;
        private final String vip;

        Ip(String client, String vip) {
            this.client = client;
            this.vip = vip;
        }

        FrameBuilder tcp(int flags, int port, int sequence) {
            return FrameBuilder.tcp(client + port, vip + 80, flags, sequence, 0).macs(0, FrameBuilder.CLIENT_MAC);
        }

        IpAddress vip() {
            return hadirector.model.Endpoint.of(vip + 80).address();
        }
    }

    @BeforeEach
    void serve() {
        maps.lease(GROUP, Long.MAX_VALUE);
        for (var ip : Ip.values()) {
            maps.claim(ip.vip(), SharedMaps.FLOATING | SharedMaps.GUARDED | GROUP);
            for (int protocol : new int[] {6, 17}) {
                services.put(protocol, ip.vip().high(), ip.vip().low(), 80, SERVICE);
            }
        }
    }

    @AfterEach
    void close() {
        program.close();
        maps.close();
        table.close();
    }

    private enum Verdicts {
        PUNTED,
        DROPPED,
        ANSWERED,
        PASSED
    }

    @SuppressWarnings("ArrayRecordComponent") // Only carried.
    private record Seen(Verdicts verdict, byte[] frame) {}

    private Seen run(byte[] frame) {
        try (var arena = Arena.ofConfined()) {
            var result = program.testRun(MemorySegment.ofArray(frame), arena.allocate(SkBuff.SIZE, 8), 1);
            int mark = result.context().get(ValueLayout.JAVA_INT, SkBuff.MARK);
            var verdict = switch (result.returned()) {
                case TcHook.DROP -> Verdicts.DROPPED;
                case REDIRECT -> Verdicts.ANSWERED;
                default -> mark == FastPath.MARK ? Verdicts.PUNTED : Verdicts.PASSED;
            };
            return new Seen(verdict, result.data().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private Verdicts verdict(FrameBuilder frame) {
        return run(frame.build()).verdict;
    }

    private long count(Verdict verdict) {
        var sum = new long[1];
        maps.verdicts().sum(verdict.index, sum);
        return sum[0];
    }

    private static AccessList acl(String allow, String deny) {
        return new AccessList(prefixes(allow), prefixes(deny));
    }

    private static List<Prefix> prefixes(String text) {
        return text.isEmpty() ? List.of() : Stream.of(text.split(" ", -1)).map(Prefix::of).toList();
    }

    @ParameterizedTest
    @EnumSource
    void aServiceWithoutListAndBoundsLetsAllThroughToJava(Ip ip) {
        assertThat(verdict(ip.tcp(SYN, 1000, 1))).isEqualTo(Verdicts.PUNTED);
        assertThat(verdict(ip.tcp(ACK, 1000, 1))).isEqualTo(Verdicts.PUNTED);
    }

    @Test
    void theLongestPrefixOfTheAccessListDecides() {
        services.acl(SERVICE, acl("10.0.0.1/32", "10.0.0.0/8 2001:db8::/32"));
        assertThat(verdict(Ip.V4.tcp(SYN, 1000, 1))).isEqualTo(Verdicts.PUNTED);
        assertThat(verdict(Ip.V4.tcp(SYN, 1000, 1).from("10.0.0.2:1"))).isEqualTo(Verdicts.DROPPED);
        assertThat(verdict(Ip.V6.tcp(SYN, 1000, 1))).isEqualTo(Verdicts.DROPPED);
        assertThat(count(Verdict.DROP_DENIED)).isEqualTo(2);
        assertThat(verdict(Ip.V4.tcp(SYN, 1000, 1).from("11.0.0.2:1"))).as("others, as some are allowed").isEqualTo(Verdicts.DROPPED);
        services.acl(SERVICE, acl("", "10.0.0.0/8"));
        assertThat(verdict(Ip.V4.tcp(SYN, 1000, 1).from("11.0.0.2:1"))).as("others, as none is allowed").isEqualTo(Verdicts.PUNTED);
        assertThat(verdict(Ip.V4.tcp(SYN, 1000, 1))).as("the old list is gone").isEqualTo(Verdicts.DROPPED);
        services.acl(SERVICE, AccessList.OPEN);
        assertThat(verdict(Ip.V4.tcp(SYN, 1000, 1))).isEqualTo(Verdicts.PUNTED);
    }

    @Test
    void anAccessListHoldsForUdpAndNotForOtherPortsOfTheAddress() {
        services.acl(SERVICE, acl("", "10.0.0.0/8"));
        var udp = FrameBuilder.udp("10.0.0.1:9", "10.0.0.100:80").macs(0, FrameBuilder.CLIENT_MAC);
        assertThat(verdict(udp)).isEqualTo(Verdicts.DROPPED);
        assertThat(verdict(udp.to("10.0.0.100:81"))).isEqualTo(Verdicts.PUNTED);
    }

    @ParameterizedTest
    @EnumSource
    void firstSegmentsBeyondTheBucketAreDroppedAndOtherSegmentsHaveABucketOfTheirOwn(Ip ip) {
        services.interval(SERVICE, ServiceEntry.SYNS, AN_HOUR);
        assertThat(verdict(ip.tcp(SYN, 1000, 1))).isEqualTo(Verdicts.PUNTED);
        assertThat(verdict(ip.tcp(SYN, 1001, 1))).isEqualTo(Verdicts.DROPPED);
        assertThat(verdict(ip.tcp(ACK, 1001, 1))).isEqualTo(Verdicts.PUNTED);
        services.interval(SERVICE, ServiceEntry.STRAYS, AN_HOUR);
        assertThat(verdict(ip.tcp(ACK, 1001, 1))).isEqualTo(Verdicts.PUNTED);
        assertThat(verdict(ip.tcp(RST, 1001, 1))).isEqualTo(Verdicts.DROPPED);
        assertThat(count(Verdict.DROP_SYN_BUDGET)).isEqualTo(1);
        assertThat(count(Verdict.DROP_STRAY_BUDGET)).isEqualTo(1);
    }

    @Test
    void aBucketLetsThroughWhatItsBurstHolds() {
        services.interval(SERVICE, ServiceEntry.SYNS, ServiceEntry.BURST_NANOS / 5);
        int through = 0;
        long begin = System.nanoTime();
        for (int i = 0; i < 200; i++) {
            through += verdict(Ip.V4.tcp(SYN, i + 1, 1)) == Verdicts.PUNTED ? 1 : 0;
        }
        long earned = (System.nanoTime() - begin) / (ServiceEntry.BURST_NANOS / 5);
        assertThat((long) through).isBetween(5L, 8 + earned);
    }

    @ParameterizedTest
    @EnumSource
    void aChallengeIsTheSynTurnedRoundWithAnAcknowledgmentThatCannotBeRight(Ip ip) {
        challengeAll();
        var syn = ip.tcp(SYN, 1000, 123456);
        var answer = run(syn.build());
        assertThat(answer.verdict).isEqualTo(Verdicts.ANSWERED);
        int number = ackOf(answer.frame, ip);
        assertThat(Integer.toUnsignedLong(number - 123456)).isGreaterThanOrEqualTo(1 << 16);
        var expected = FrameBuilder.tcp(ip.vip + 80, ip.client + 1000, SYN | ACK, 123456, number)
                .macs(FrameBuilder.CLIENT_MAC, 0);
        assertThat(answer.frame).isEqualTo(expected.build());
        assertThat(count(Verdict.SYN_CHALLENGED)).isEqualTo(1);
    }

    @Test
    void optionsAndDataStayAndTheHopLimitIsFresh() {
        challengeAll();
        var options = new int[] {2, 4, 5, 0xb4, 4, 2, 1, 1};
        var syn = FrameBuilder.tcp("10.0.0.1:1000", "10.0.0.100:80", SYN, 5, 0, (byte) 1, (byte) 2, (byte) 3)
                .tcpOptions(options).ttl(3).macs(0, FrameBuilder.CLIENT_MAC);
        var answer = run(syn.build());
        var expected = FrameBuilder.tcp(
                        "10.0.0.100:80", "10.0.0.1:1000", SYN | ACK, 5, ackOf(answer.frame, Ip.V4), (byte) 1, (byte) 2, (byte) 3)
                .tcpOptions(options).macs(FrameBuilder.CLIENT_MAC, 0);
        assertThat(answer.frame).isEqualTo(expected.build());
    }

    @ParameterizedTest
    @EnumSource
    void whoAnswersAChallengeIsLetThroughAndNobodyElse(Ip ip) {
        challengeAll();
        int number = ackOf(run(ip.tcp(SYN, 1000, 5).build()).frame, ip);
        services.interval(SERVICE, ServiceEntry.STRAYS, AN_HOUR);
        assertThat(verdict(ip.tcp(RST, 1000, number + 1))).as("a wrong number is a stray").isEqualTo(Verdicts.PUNTED);
        assertThat(verdict(ip.tcp(SYN, 1000, 5))).as("still a stranger").isEqualTo(Verdicts.ANSWERED);
        assertThat(verdict(ip.tcp(RST, 1000, number))).isEqualTo(Verdicts.DROPPED);
        assertThat(count(Verdict.SOURCES_PROVEN)).isEqualTo(1);
        assertThat(verdict(ip.tcp(SYN, 1000, 5))).isEqualTo(Verdicts.PUNTED);
        assertThat(verdict(ip.tcp(SYN, 2000, 9))).as("another connection of it").isEqualTo(Verdicts.PUNTED);
        services.interval(SERVICE, ServiceEntry.PROVEN_SYNS, AN_HOUR);
        assertThat(verdict(ip.tcp(SYN, 2001, 9))).isEqualTo(Verdicts.PUNTED);
        assertThat(verdict(ip.tcp(SYN, 2002, 9))).as("beyond their own bucket").isEqualTo(Verdicts.DROPPED);
    }

    @ParameterizedTest
    @EnumSource
    void theProgramsCookieIsThatOfTheReference(Ip ip) {
        challengeAll();
        int number = ackOf(run(ip.tcp(SYN, 1000, 0x40000000).build()).frame, ip);
        var client = hadirector.model.Endpoint.of(ip.client + 1).address();
        long slice = System.nanoTime() >>> SynCookie.SLICE_BITS;
        assertThat(Stream.of(slice, slice - 1).map(s -> cookie(client, s) << 1)).contains(number << 1);
    }

    private int cookie(IpAddress client, long slice) {
        var bytes = ByteBuffer.allocate(16).putLong(client.high()).putLong(client.low());
        var order = bytes.order(java.nio.ByteOrder.nativeOrder());
        return client.isV4()
                ? services.cookie().of(slice, Integer.toUnsignedLong(order.getInt(12)))
                : services.cookie().of(slice, order.getLong(0), order.getLong(8));
    }

    @Test
    void pastTheDeadlineOfTheGroupNothingIsAnswered() {
        challengeAll();
        maps.lease(GROUP, System.nanoTime() - 1_000_000_000L);
        assertThat(verdict(Ip.V4.tcp(SYN, 1000, 5))).isEqualTo(Verdicts.DROPPED);
        assertThat(count(Verdict.DROP_CLOSED)).isEqualTo(1);
        assertThat(count(Verdict.SYN_CHALLENGED)).isZero();
    }

    /// The bucket's only token is gone.
    private void challengeAll() {
        services.flag(SERVICE, ServiceEntry.CHALLENGE, true);
        services.interval(SERVICE, ServiceEntry.SYNS, AN_HOUR);
        assertThat(verdict(Ip.V4.tcp(SYN, 99, 1).from("10.9.9.9:9"))).isEqualTo(Verdicts.PUNTED);
    }

    private static int ackOf(byte[] frame, Ip ip) {
        return ByteBuffer.wrap(frame).getInt(14 + (ip == Ip.V4 ? 20 : 40) + 8);
    }
}
