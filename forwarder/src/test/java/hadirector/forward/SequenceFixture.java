package hadirector.forward;

import hadirector.engine.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// As [PacketFixture], for several packets in turn: fragments, and packets that leave as fragments.
///
/// @param mtu of the way out in bytes of IP, 0 for any
record SequenceFixture(String sentence, List<FlowSpec> flows, int mtu, List<Step> steps) {
    /// One packet.
    ///
    /// @param millis that pass before it comes
    /// @param counts by how much which counters rise; all others stay
    /// @param out the frames that leave, in order
    @SuppressWarnings("ArrayRecordComponent") // Compared byte by byte, never by equals.
    record Step(long millis, byte[] in, boolean partial, Map<Counter, Integer> counts, List<byte[]> out) {
        Step {
            counts = Map.copyOf(counts);
            out = List.copyOf(out);
        }
    }

    SequenceFixture {
        flows = List.copyOf(flows);
        steps = List.copyOf(steps);
    }

    static SequenceFixture of(String sentence, FlowSpec flow) {
        return new SequenceFixture(sentence, List.of(flow), 0, List.of());
    }

    SequenceFixture mtu(int bytes) {
        return new SequenceFixture(sentence, flows, bytes, steps);
    }

    SequenceFixture step(byte[] in, Counter counter, byte[]... out) {
        return step(0, in, Map.of(counter, 1), List.of(out));
    }

    SequenceFixture step(byte[] in, Map<Counter, Integer> counts, List<byte[]> out) {
        return step(0, in, counts, out);
    }

    SequenceFixture step(long millis, byte[] in, Map<Counter, Integer> counts, List<byte[]> out) {
        return with(new Step(millis, in, false, counts, out));
    }

    SequenceFixture partialStep(byte[] in, Map<Counter, Integer> counts, List<byte[]> out) {
        return with(new Step(0, in, true, counts, out));
    }

    private SequenceFixture with(Step step) {
        var longer = new ArrayList<>(steps);
        longer.add(step);
        return new SequenceFixture(sentence, flows, mtu, longer);
    }

    @Override
    public String toString() {
        return sentence;
    }
}
