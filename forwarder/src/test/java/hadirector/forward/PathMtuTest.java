package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.packet.FrameBuilder;
import hadirector.packet.IcmpQuote;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// What routers say of a path, and what nobody can mean.
class PathMtuTest {
    private static final String ROUTER = "10.1.0.254";
    private static final String DIRECTOR = "10.1.0.2";
    private static final String ROUTER6 = "fd00:1::fe";
    private static final String DIRECTOR6 = "fd00:1::2";

    @Test
    void fragmentationNeededSaysHowLongAPacketMayBe() {
        assertThat(v4(3, 4, 1400, 1500)).isEqualTo(1400);
        assertThat(v4(3, 4, 68, 1500)).isEqualTo(68);
    }

    @Test
    void aRouterThatStatesNoLengthIsTakenToMeanTheLeast() {
        assertThat(v4(3, 4, 0, 1500)).isEqualTo(576);
        assertThat(v4(3, 4, 0, 500)).isEqualTo(PathMtu.NONE);
    }

    @Test
    void whatWouldHaveFittedSaysNothing() {
        assertThat(v4(3, 4, 1500, 1500)).isEqualTo(PathMtu.NONE);
        assertThat(v6(2, 1500, 1500)).isEqualTo(PathMtu.NONE);
    }

    @Test
    void otherErrorsSayNothing() {
        assertThat(v4(3, 1, 1400, 1500)).isEqualTo(PathMtu.NONE);
        assertThat(v4(11, 4, 1400, 1500)).isEqualTo(PathMtu.NONE);
        assertThat(v6(1, 1400, 1500)).isEqualTo(PathMtu.NONE);
    }

    @Test
    void packetTooBigSaysHowLongAPacketMayBe() {
        assertThat(v6(2, 1400, 1500)).isEqualTo(1400);
        assertThat(v6(2, -1, 1500)).isEqualTo(PathMtu.NONE);
        assertThat(v6(2, 0, 1500)).isEqualTo(PathMtu.NONE);
    }

    private static int v4(int type, int code, int stated, int quotedLength) {
        byte[] quote = quote(FrameBuilder.ip(4, DIRECTOR, "10.2.0.11", new byte[quotedLength - 20]).build());
        return of(FrameBuilder.icmp(ROUTER, DIRECTOR, type, code, stated, quote).build());
    }

    private static int v6(int type, int stated, int quotedLength) {
        byte[] quote = quote(FrameBuilder.ip(41, DIRECTOR6, "fd00:2::11", new byte[quotedLength - 40]).build());
        return of(FrameBuilder.icmp(ROUTER6, DIRECTOR6, type, 0, stated, quote).build());
    }

    private static byte[] quote(byte[] frame) {
        return Arrays.copyOfRange(frame, 14, 14 + 68);
    }

    private static int of(byte[] frame) {
        var memory = MemorySegment.ofArray(frame);
        var parsed = new ParsedFrame();
        parsed.parse(memory, 0, frame.length);
        var quote = new IcmpQuote();
        assertThat(quote.parse(memory, parsed)).isEqualTo(IcmpQuote.Kind.OTHER_PROTOCOL);
        return PathMtu.of(memory, parsed, quote);
    }
}
