package hadirector.forward;

import static hadirector.packet.FrameBuilder.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.packet.FrameBuilder;
import hadirector.packet.FrameChecksums;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MssClampTest {
    private static final String FROM = "198.51.100.7:40000";
    private static final String TO = "192.0.2.10:80";
    private static final int[] MSS_1460 = {2, 4, 5, 0xb4};
    private static final int[] MSS_1400 = {2, 4, 5, 0x78};

    private static FrameBuilder syn(int... options) {
        return tcp(FROM, TO, TcpView.SYN).tcpOptions(options);
    }

    private static byte[] clamped(byte[] frame, boolean partial, int mss) {
        byte[] copy = frame.clone();
        var segment = MemorySegment.ofArray(copy);
        var parsed = new ParsedFrame();
        parsed.parse(segment, 0, copy.length);
        boolean changed = MssClamp.apply(segment, parsed, partial, mss);
        assertThat(changed).isEqualTo(!java.util.Arrays.equals(copy, frame));
        return copy;
    }

    @Test
    void aLargerOneIsLoweredAndTheChecksumStaysRight() {
        assertThat(clamped(syn(MSS_1460).build(), false, 1400)).isEqualTo(syn(MSS_1400).build());
    }

    @Test
    void theSynAckOfAServerToo() {
        byte[] in = tcp(TO, FROM, TcpView.SYN | TcpView.ACK).tcpOptions(MSS_1460).build();
        assertThat(clamped(in, false, 1400))
                .isEqualTo(tcp(TO, FROM, TcpView.SYN | TcpView.ACK).tcpOptions(MSS_1400).build());
    }

    @Test
    void anOptionAtAnOddOffsetIsSummedWithItsBytesSwapped() {
        byte[] in = syn(1, 2, 4, 5, 0xb4, 3, 3, 7).build();
        assertThat(clamped(in, false, 1400)).isEqualTo(syn(1, 2, 4, 5, 0x78, 3, 3, 7).build());
    }

    @Test
    void aPartialChecksumIsSummedOverTheOptionLater() {
        byte[] in = syn(MSS_1460).partial().build();
        assertThat(clamped(in, true, 1400)).isEqualTo(syn(MSS_1400).partial().build());
    }

    @Test
    void oneThatFitsStays() {
        clampedIsUnchanged(syn(MSS_1460).build(), 1460);
        clampedIsUnchanged(syn(MSS_1400).build(), 1460);
    }

    @Test
    void noneIsAdded() {
        clampedIsUnchanged(syn(1, 1, 1, 1).build(), 1400);
        clampedIsUnchanged(tcp(FROM, TO, TcpView.SYN).build(), 1400);
    }

    @Test
    void onlyASynCarriesOne() {
        clampedIsUnchanged(tcp(FROM, TO, TcpView.ACK).tcpOptions(MSS_1460).build(), 1400);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 5, 255})
    void anOptionOfAnotherLengthIsNoMss(int length) {
        clampedIsUnchanged(syn(2, length, 5, 0xb4).build(), 1400);
    }

    @Test
    void behindTheEndOfTheOptionsIsNone() {
        clampedIsUnchanged(syn(0, 0, 0, 0, 2, 4, 5, 0xb4).build(), 1400);
        clampedIsUnchanged(syn(3, 40, 7, 1, 2, 4, 5, 0xb4).build(), 1400);
    }

    @Test
    void anMtuMakesTheSegmentForBothFamilies() {
        assertThat(MssClamp.mss(1500, false)).isEqualTo(1460);
        assertThat(MssClamp.mss(1500, true)).isEqualTo(1440);
        clampedIsUnchanged(syn(MSS_1460).build(), MssClamp.mss(30, false));
    }

    private static void clampedIsUnchanged(byte[] frame, int mss) {
        assertThat(clamped(frame, false, mss)).isEqualTo(frame);
    }

    @RepeatedTest(300)
    void anyOptionsLeaveTheChecksumRight(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        int[] options = new int[4 * random.nextInt(1, 11)];
        for (int i = 0; i < options.length; i++) {
            options[i] = random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(6);
        }
        byte[] out = clamped(syn(options).build(), false, random.nextInt(2_000));
        var parsed = new ParsedFrame();
        var frame = MemorySegment.ofArray(out);
        parsed.parse(frame, 0, out.length);
        assertThat(FrameChecksums.areValid(frame, parsed, false)).isTrue();
    }
}
