package hadirector.fastpath;

import static hadirector.fastpath.ServiceLab.ACK;
import static hadirector.fastpath.ServiceLab.GROUP;
import static hadirector.fastpath.ServiceLab.RST;
import static hadirector.fastpath.ServiceLab.SERVICE;
import static hadirector.fastpath.ServiceLab.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.fastpath.ServiceLab.Fate;
import hadirector.fastpath.ServiceLab.Ip;
import hadirector.lab.NeedsRoot;
import hadirector.model.AccessList;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Prefix;
import hadirector.packet.FrameBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The guard of services, run by BPF_PROG_TEST_RUN on single packets.
@Tag("lab")
@NeedsRoot
class GuardLabTest {
    /// Longer than any test takes: a bucket gives its burst and no more.
    private static final long AN_HOUR = 3_600_000_000_000L;

    private final ServiceLab lab = new ServiceLab();
    private final ServiceMaps services = lab.services;

    @AfterEach
    void close() {
        lab.close();
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
        assertThat(lab.fate(ip.tcp(SYN, 1000, 1))).isEqualTo(Fate.PUNTED);
        assertThat(lab.fate(ip.tcp(ACK, 1000, 1))).isEqualTo(Fate.PUNTED);
    }

    @Test
    void theLongestPrefixOfTheAccessListDecides() {
        services.acl(SERVICE, acl("10.0.0.1/32", "10.0.0.0/8 2001:db8::/32"));
        assertThat(lab.fate(Ip.V4.tcp(SYN, 1000, 1))).isEqualTo(Fate.PUNTED);
        assertThat(lab.fate(Ip.V4.tcp(SYN, 1000, 1).from("10.0.0.2:1"))).isEqualTo(Fate.DROPPED);
        assertThat(lab.fate(Ip.V6.tcp(SYN, 1000, 1))).isEqualTo(Fate.DROPPED);
        assertThat(lab.count(Verdict.DROP_DENIED)).isEqualTo(2);
        assertThat(lab.fate(Ip.V4.tcp(SYN, 1000, 1).from("11.0.0.2:1"))).as("others, as some are allowed").isEqualTo(Fate.DROPPED);
        services.acl(SERVICE, acl("", "10.0.0.0/8"));
        assertThat(lab.fate(Ip.V4.tcp(SYN, 1000, 1).from("11.0.0.2:1"))).as("others, as none is allowed").isEqualTo(Fate.PUNTED);
        assertThat(lab.fate(Ip.V4.tcp(SYN, 1000, 1))).as("the old list is gone").isEqualTo(Fate.DROPPED);
        services.acl(SERVICE, acl("", "::/0"));
        assertThat(lab.fate(Ip.V4.tcp(SYN, 1000, 1))).as("of the other family").isEqualTo(Fate.PUNTED);
        assertThat(lab.fate(Ip.V6.tcp(SYN, 1000, 1))).isEqualTo(Fate.DROPPED);
        services.acl(SERVICE, AccessList.OPEN);
        assertThat(lab.fate(Ip.V4.tcp(SYN, 1000, 1))).isEqualTo(Fate.PUNTED);
    }

    @Test
    void anAccessListHoldsForUdpAndNotForOtherPortsOfTheAddress() {
        services.acl(SERVICE, acl("", "10.0.0.0/8"));
        var udp = FrameBuilder.udp("10.0.0.1:9", "10.0.0.100:80").macs(0, FrameBuilder.CLIENT_MAC);
        assertThat(lab.fate(udp)).isEqualTo(Fate.DROPPED);
        assertThat(lab.fate(udp.to("10.0.0.100:81"))).isEqualTo(Fate.PUNTED);
    }

    @ParameterizedTest
    @EnumSource
    void firstSegmentsBeyondTheBucketAreDroppedAndOtherSegmentsHaveABucketOfTheirOwn(Ip ip) {
        services.interval(SERVICE, ServiceEntry.SYNS, AN_HOUR);
        assertThat(lab.fate(ip.tcp(SYN, 1000, 1))).isEqualTo(Fate.PUNTED);
        assertThat(lab.fate(ip.tcp(SYN, 1001, 1))).isEqualTo(Fate.DROPPED);
        assertThat(lab.fate(ip.tcp(ACK, 1001, 1))).isEqualTo(Fate.PUNTED);
        services.interval(SERVICE, ServiceEntry.STRAYS, AN_HOUR);
        assertThat(lab.fate(ip.tcp(ACK, 1001, 1))).isEqualTo(Fate.PUNTED);
        assertThat(lab.fate(ip.tcp(RST, 1001, 1))).isEqualTo(Fate.DROPPED);
        assertThat(lab.count(Verdict.DROP_SYN_BUDGET)).isEqualTo(1);
        assertThat(lab.count(Verdict.DROP_STRAY_BUDGET)).isEqualTo(1);
    }

    @Test
    void aBucketLetsThroughWhatItsBurstHolds() {
        services.interval(SERVICE, ServiceEntry.SYNS, ServiceEntry.BURST_NANOS / 5);
        int through = 0;
        long begin = System.nanoTime();
        for (int i = 0; i < 200; i++) {
            through += lab.fate(Ip.V4.tcp(SYN, i + 1, 1)) == Fate.PUNTED ? 1 : 0;
        }
        long earned = (System.nanoTime() - begin) / (ServiceEntry.BURST_NANOS / 5);
        assertThat((long) through).isBetween(5L, 8 + earned);
    }

    @ParameterizedTest
    @EnumSource
    void aChallengeIsTheSynTurnedRoundWithAnAcknowledgmentThatCannotBeRight(Ip ip) {
        challengeAll();
        var syn = ip.tcp(SYN, 1000, 123456);
        var answer = lab.run(syn.build());
        assertThat(answer.fate()).isEqualTo(Fate.SENT);
        int number = ackOf(answer.frame(), ip);
        assertThat(Integer.toUnsignedLong(number - 123456)).isGreaterThanOrEqualTo(1 << 16);
        var expected = FrameBuilder.tcp(ip.vip + 80, ip.client + 1000, SYN | ACK, 123456, number)
                .macs(FrameBuilder.CLIENT_MAC, 0);
        assertThat(answer.frame()).isEqualTo(expected.build());
        assertThat(lab.count(Verdict.SYN_CHALLENGED)).isEqualTo(1);
    }

    @Test
    void optionsAndDataStayAndTheHopLimitIsFresh() {
        challengeAll();
        var options = new int[] {2, 4, 5, 0xb4, 4, 2, 1, 1};
        var syn = FrameBuilder.tcp("10.0.0.1:1000", "10.0.0.100:80", SYN, 5, 0, (byte) 1, (byte) 2, (byte) 3)
                .tcpOptions(options).ttl(3).macs(0, FrameBuilder.CLIENT_MAC);
        var answer = lab.run(syn.build());
        var expected = FrameBuilder.tcp(
                        "10.0.0.100:80", "10.0.0.1:1000", SYN | ACK, 5, ackOf(answer.frame(), Ip.V4), (byte) 1, (byte) 2, (byte) 3)
                .tcpOptions(options).macs(FrameBuilder.CLIENT_MAC, 0);
        assertThat(answer.frame()).isEqualTo(expected.build());
    }

    @ParameterizedTest
    @EnumSource
    void whoAnswersAChallengeIsLetThroughAndNobodyElse(Ip ip) {
        challengeAll();
        int number = ackOf(lab.run(ip.tcp(SYN, 1000, 5).build()).frame(), ip);
        services.interval(SERVICE, ServiceEntry.STRAYS, AN_HOUR);
        assertThat(lab.fate(ip.tcp(RST, 1000, number + 1))).as("a wrong number is a stray").isEqualTo(Fate.PUNTED);
        assertThat(lab.fate(ip.tcp(SYN, 1000, 5))).as("still a stranger").isEqualTo(Fate.SENT);
        assertThat(lab.fate(ip.tcp(RST, 1000, number))).isEqualTo(Fate.DROPPED);
        assertThat(lab.count(Verdict.SOURCES_PROVEN)).isEqualTo(1);
        assertThat(lab.fate(ip.tcp(SYN, 1000, 5))).isEqualTo(Fate.PUNTED);
        assertThat(lab.fate(ip.tcp(SYN, 2000, 9))).as("another connection of it").isEqualTo(Fate.PUNTED);
        services.interval(SERVICE, ServiceEntry.PROVEN_SYNS, AN_HOUR);
        assertThat(lab.fate(ip.tcp(SYN, 2001, 9))).isEqualTo(Fate.PUNTED);
        assertThat(lab.fate(ip.tcp(SYN, 2002, 9))).as("beyond their own bucket").isEqualTo(Fate.DROPPED);
    }

    @ParameterizedTest
    @EnumSource
    void theProgramsCookieIsThatOfTheReference(Ip ip) {
        challengeAll();
        int number = ackOf(lab.run(ip.tcp(SYN, 1000, 0x40000000).build()).frame(), ip);
        var client = Endpoint.of(ip.client + 1).address();
        long slice = System.nanoTime() >>> SynCookie.SLICE_BITS;
        assertThat(Stream.of(slice, slice - 1).map(s -> cookie(client, s) << 1)).contains(number << 1);
    }

    private int cookie(IpAddress client, long slice) {
        var bytes = ByteBuffer.allocate(16).putLong(client.high()).putLong(client.low());
        var order = bytes.order(ByteOrder.nativeOrder());
        return client.isV4()
                ? services.cookie().of(slice, Integer.toUnsignedLong(order.getInt(12)))
                : services.cookie().of(slice, order.getLong(0), order.getLong(8));
    }

    @Test
    void pastTheDeadlineOfTheGroupNothingIsAnswered() {
        challengeAll();
        lab.maps.lease(GROUP, System.nanoTime() - 1_000_000_000L);
        assertThat(lab.fate(Ip.V4.tcp(SYN, 1000, 5))).isEqualTo(Fate.DROPPED);
        assertThat(lab.count(Verdict.DROP_CLOSED)).isEqualTo(1);
        assertThat(lab.count(Verdict.SYN_CHALLENGED)).isZero();
    }

    @Test
    void aMinuteAfterTheDeadlineAFilterThatWasLeftBehindDoesNoHarm() {
        challengeAll();
        lab.maps.lease(GROUP, System.nanoTime() - 61_000_000_000L);
        assertThat(lab.fate(Ip.V4.tcp(SYN, 1000, 5))).isEqualTo(Fate.PASSED);
    }

    /// The bucket's only token is gone.
    private void challengeAll() {
        services.flag(SERVICE, ServiceEntry.CHALLENGE, true);
        services.interval(SERVICE, ServiceEntry.SYNS, AN_HOUR);
        assertThat(lab.fate(Ip.V4.tcp(SYN, 99, 1).from("10.9.9.9:9"))).isEqualTo(Fate.PUNTED);
    }

    private static int ackOf(byte[] frame, Ip ip) {
        return ByteBuffer.wrap(frame).getInt(14 + (ip == Ip.V4 ? 20 : 40) + 8);
    }
}
