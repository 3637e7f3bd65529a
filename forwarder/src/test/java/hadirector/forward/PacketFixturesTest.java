package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.engine.Counter;
import hadirector.packet.NaiveChecksum;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The packet fixtures, run through the Java transforms. Invariants F1 to F6 of forwarder/DESIGN.md.
class PacketFixturesTest {
    static Stream<PacketFixture> fixtures() {
        return PacketFixtures.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void theJavaPathDoesWhatTheFixtureSays(PacketFixture fixture) {
        var result = JavaPath.run(fixture);
        assertThat(result.verdict()).isEqualTo(fixture.verdict());
        assertThat(result.out()).asHexString().isEqualTo(hex(fixture.out()));
        if (fixture.verdict() == Counter.FRAMES_FORWARDED) {
            assertThat(result.lastSeen()).isEqualTo(JavaPath.NOW);
        } else {
            assertThat(result.lastSeen()).isZero();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void whatComesOutHasRightChecksumsByAFullComputation(PacketFixture fixture) {
        byte[] out = JavaPath.run(fixture).out();
        boolean arp = out.length > 0 && out[12] == 8 && out[13] == 6;
        if (out.length > 0 && !arp) {
            boolean answer = fixture.verdict() != Counter.FRAMES_FORWARDED;
            boolean wrongFromTheStart = fixture.sentence().contains("stays wrong");
            if (fixture.flows().stream().anyMatch(flow -> flow.tunnel().isPresent())) {
                checkInTunnel(fixture.flows().getFirst().tunnel().orElseThrow(), out);
                return;
            }
            assertThat(NaiveChecksum.areRight(out, !answer && fixture.partial())).isEqualTo(!wrongFromTheStart);
        }
    }

    /// The outer IPv4 header by itself, and the packet inside, which has no offload any more.
    private static void checkInTunnel(TunnelSpec tunnel, byte[] out) {
        if (tunnel.realServer().isV4()) {
            assertThat(NaiveChecksum.of(out, 14, 20)).isZero();
        }
        int grown = tunnel.headerLength();
        byte[] inner = Arrays.copyOfRange(out, grown, out.length);
        System.arraycopy(out, 0, inner, 0, 12);
        assertThat(NaiveChecksum.areRight(inner, false)).isTrue();
    }

    @Test
    void theZeroChecksumFixturesAreWhatTheySay() {
        PacketFixture becomesZero = named("a UDP checksum that becomes 0 is sent as ffff");
        assertThat(Arrays.copyOfRange(becomesZero.out(), 40, 42)).containsExactly(0xff, 0xff);
        assertThat(Arrays.copyOfRange(becomesZero.in(), 40, 42)).isNotEqualTo(new byte[] {-1, -1});
        assertThat(Arrays.copyOfRange(named("a UDP checksum of ffff is updated as any other").in(), 40, 42))
                .containsExactly(0xff, 0xff);
    }

    /// The harness must be able to fail.
    @Test
    void aFixtureWithAWrongByteFails() {
        PacketFixture right = named("a SYN goes to the realserver's address and port");
        byte[] wrong = right.out().clone();
        wrong[24] ^= 1;
        assertThat(JavaPath.run(right).out()).isEqualTo(right.out()).isNotEqualTo(wrong);
        assertThat(NaiveChecksum.areRight(right.out(), false)).isTrue();
        assertThat(NaiveChecksum.areRight(wrong, false)).isFalse();
    }

    @Test
    void everySentenceIsSaidOnce() {
        assertThat(fixtures().map(PacketFixture::sentence)).doesNotHaveDuplicates().hasSizeGreaterThan(400);
    }

    private static PacketFixture named(String sentence) {
        return fixtures().filter(f -> f.sentence().equals(sentence)).findFirst().orElseThrow();
    }

    private static String hex(byte[] bytes) {
        return java.util.HexFormat.of().withUpperCase().formatHex(bytes);
    }
}
