package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.packet.FrameKind;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A super-frame and its segments say the same.
class SegmentsTest {
    private static final int AT = 7;
    private static final int ALL_FLAGS = 0xff;
    private static final int SEGMENT_ROOM = 200;

    @SuppressWarnings("ArrayRecordComponent") // Compared byte by byte, never by equals.
    record Segment(byte[] frame, int payloadLength) {}

    static Stream<Integer> seeds() {
        return IntStream.range(0, 300).boxed();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void joinedSegmentsAreThePayload(int seed) {
        var random = new Random(seed);
        byte[] payload = new byte[random.nextInt(random.nextBoolean() ? 3_000 : 65_000)];
        random.nextBytes(payload);
        boolean tcp = random.nextBoolean();
        byte[] options = new byte[tcp ? 4 * random.nextInt(11) : 0];
        random.nextBytes(options);
        var packet = new InnerPacket(
                random.nextBoolean(), tcp, random.nextInt(256), 0xfffe, 0x4000, InnerPacket.SEQUENCE, ALL_FLAGS, options,
                payload);
        int size = 1 + random.nextInt(9_000) + payload.length / 100;
        boolean partial = random.nextBoolean();
        var segments = cut(packet, size, partial);
        var joined = new ByteArrayOutputStream();
        for (int i = 0; i < segments.size(); i++) {
            check(packet, segments, i, size, joined);
        }
        assertThat(joined.toByteArray()).isEqualTo(payload);
    }

    private static void check(InnerPacket packet, List<Segment> segments, int i, int size, ByteArrayOutputStream joined) {
        byte[] frame = segments.get(i).frame();
        var memory = MemorySegment.ofArray(frame);
        var parsed = new ParsedFrame();
        assertThat(parsed.parse(memory, 0, frame.length)).isEqualTo(packet.tcp() ? FrameKind.TCP : FrameKind.UDP);
        assertThat(parsed.frameLength()).isEqualTo(frame.length);
        boolean last = i == segments.size() - 1;
        int length = segments.get(i).payloadLength();
        assertThat(length).isEqualTo(last ? packet.payload().length - i * size : size);
        byte[] whole = new InnerPacket(
                        packet.v6(),
                        packet.tcp(),
                        packet.service(),
                        (packet.identification() + i) & 0xffff,
                        packet.fragment(),
                        packet.sequence() + i * size,
                        flags(i == 0, last),
                        packet.options(),
                        payload(frame, length))
                .frame();
        assertThat(frame).isEqualTo(whole);
        joined.writeBytes(payload(frame, length));
    }

    private static int flags(boolean first, boolean last) {
        return ALL_FLAGS & (first ? ALL_FLAGS : ~0x80) & (last ? ALL_FLAGS : ~(TcpView.FIN | TcpView.PSH));
    }

    private static byte[] payload(byte[] frame, int length) {
        return java.util.Arrays.copyOfRange(frame, frame.length - length, frame.length);
    }

    @ParameterizedTest(name = "TCP {0}")
    @ValueSource(booleans = {true, false})
    void aFrameWithoutPayloadIsOneSegment(boolean tcp) {
        var segments = cut(InnerPacket.of(false, tcp), 100, false);
        assertThat(segments).hasSize(1);
        assertThat(segments.getFirst().frame()).isEqualTo(InnerPacket.of(false, tcp).frame());
    }

    @Test
    void datagramsWithoutChecksumStayWithout() {
        byte[] frame = InnerPacket.of(false, false, new byte[250]).frame();
        frame[14 + 20 + 6] = 0;
        frame[14 + 20 + 7] = 0;
        for (var segment : cut(frame, 100, false)) {
            assertThat(segment.frame()[40]).isZero();
            assertThat(segment.frame()[41]).isZero();
        }
        assertThat(cut(frame, 100, true).getFirst().frame()[40]).isNotZero();
    }

    static List<Segment> cut(InnerPacket packet, int size, boolean partial) {
        return cut(packet.frame(partial, InnerPacket.TTL), size, partial);
    }

    /// Ethernet, headers and payload of each.
    private static List<Segment> cut(byte[] superFrame, int size, boolean partial) {
        byte[] in = new byte[AT + superFrame.length];
        System.arraycopy(superFrame, 0, in, AT, superFrame.length);
        var frame = MemorySegment.ofArray(in);
        var parsed = new ParsedFrame();
        parsed.parse(frame, AT, superFrame.length);
        var segments = new Segments();
        segments.begin(frame, parsed, size, partial);
        var cut = new ArrayList<Segment>();
        while (segments.hasNext()) {
            var made = MemorySegment.ofArray(new byte[SEGMENT_ROOM]);
            int payload = segments.next(made, AT);
            byte[] segment = new byte[14 + segments.headersLength() + payload];
            System.arraycopy(superFrame, 0, segment, 0, 14);
            MemorySegment.copy(made, ValueLayout.JAVA_BYTE, AT, segment, 14, segments.headersLength());
            MemorySegment.copy(
                    frame, ValueLayout.JAVA_BYTE, segments.payloadAt(), segment, 14 + segments.headersLength(), payload);
            cut.add(new Segment(segment, payload));
        }
        return cut;
    }
}
