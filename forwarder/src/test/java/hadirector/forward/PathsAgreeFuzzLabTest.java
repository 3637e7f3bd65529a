package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import hadirector.engine.Counter;
import hadirector.lab.Lab;
import hadirector.packet.EthernetView;
import hadirector.packet.FrameBuilder;
import hadirector.packet.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Any bytes at all, for any flow of the fixtures: both programs do what the rules say of the frame, in the words of the Java path's parser;
/// what they forward leaves as the Java path sends it, and what they do not they have not touched.
///
/// `deploy/fuzz PathsAgreeFuzzLabTest` lets Jazzer look for frames; without, the fixtures' are the regression set.
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PathsAgreeFuzzLabTest {
    /// Before the frame: which flow is in the table.
    private static final int SELECTOR = Short.BYTES;

    private static final List<PacketFixture> FIXTURES = KernelFixturesLabTest.fixtures().toList();
    private static final List<PacketFixture> WITH_FLOW =
            FIXTURES.stream().filter(fixture -> fixture.flows().size() == 1).toList();

    /// Java drops it, and so does the host: what is malformed, and errors that quote too little (the program also reads what stands behind the
    /// packet's end). If it is not for us by its destination, it may go to either.
    private static final Set<Counter> OF_NO_USE = EnumSet.of(Counter.DROP_MALFORMED, Counter.FRAMES_FOREIGN);

    private static final Set<KernelVerdict> UNTOUCHED = EnumSet.of(KernelVerdict.NEXT, KernelVerdict.PUNT, KernelVerdict.COPY);

    private final BpfPath path = new BpfPath();

    @AfterAll
    void close() {
        path.close();
    }

    static Stream<Arguments> inputs() {
        var ofFlows = IntStream.range(0, WITH_FLOW.size()).mapToObj(i -> input(i, WITH_FLOW.get(i).in()));
        var others = FIXTURES.stream().filter(fixture -> fixture.flows().isEmpty()).map(fixture -> input(0, fixture.in()));
        return Stream.concat(ofFlows, others).map(input -> Arguments.of((Object) input));
    }

    private static byte[] input(int selector, byte[] frame) {
        return ByteBuffer.allocate(SELECTOR + frame.length).putShort((short) selector).put(frame).array();
    }

    @MethodSource("inputs")
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    @FuzzTest(maxDuration = "6m")
    void bothPathsAgreeOnAnyFrame(byte[] input) {
        if (input.length < SELECTOR + EthernetView.TYPE) {
            return;
        }
        var bytes = ByteBuffer.wrap(input);
        var base = WITH_FLOW.get(Short.toUnsignedInt(bytes.getShort()) % WITH_FLOW.size());
        byte[] frame = new byte[bytes.remaining()];
        bytes.get(frame);
        if (frame[0] != 0) { // Others' frames are of little interest.
            NetworkOrder.setU48(MemorySegment.ofArray(frame), 0, FrameBuilder.DIRECTOR_MAC);
        }
        if (KernelFixturesLabTest.isRunnable(frame)) {
            check(base.flows().getFirst(), frame);
        }
    }

    private void check(FlowSpec flow, byte[] frame) {
        var java = JavaPath.run(new PacketFixture("", List.of(flow), frame, false, Counter.FRAMES_FORWARDED, new byte[0]));
        var fixture = new PacketFixture("", List.of(flow), frame, false, java.verdict(), java.out());
        var known = Stream.concat(Stream.of(flow), flow.back().stream()).toList();
        var expected = KernelVerdict.expected(new PacketFixture("", known, frame, false, java.verdict(), java.out()));
        var tc = path.tc(fixture);
        var xdp = path.xdp(fixture);
        String of = HexFormat.of().formatHex(frame) + " for " + flow;
        boolean hit = expected == KernelVerdict.HIT;
        byte[] out = hit ? path.withFlowHash(flow, fixture.out()) : frame;
        boolean anybodys = expected != KernelVerdict.PUNT && OF_NO_USE.contains(java.verdict());
        assertThat(tc.verdict()).as(of).isIn(anybodys ? UNTOUCHED : EnumSet.of(expected));
        assertThat(tc.out()).as(of).isEqualTo(out);
        assertThat(xdp.verdict()).as("XDP: %s", of).isEqualTo(hit ? KernelVerdict.HIT : KernelVerdict.NEXT);
        assertThat(xdp.out()).as("XDP: %s", of).isEqualTo(out);
    }
}
