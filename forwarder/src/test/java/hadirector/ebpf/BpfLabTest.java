package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.lab.NeedsRoot;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Asks the running kernel: a wrong layout of `bpf_attr` would fail here.
@Tag("lab")
@NeedsRoot
class BpfLabTest {
    private final Arena arena = Arena.ofAuto();

    private MemorySegment ints(int... values) {
        return arena.allocateFrom(JAVA_INT, values);
    }

    @Test
    void aHashKeepsFindsAndForgets() {
        try (var map = BpfMap.hash("test", 4, 4, 10)) {
            var found = ints(0);
            assertThat(map.update(ints(7), ints(70))).isTrue();
            assertThat(map.lookup(ints(7), found)).isTrue();
            assertThat(found.get(JAVA_INT, 0)).isEqualTo(70);
            assertThat(map.delete(ints(7))).isTrue();
            assertThat(map.delete(ints(7))).isFalse();
            assertThat(map.lookup(ints(7), found)).isFalse();
        }
    }

    @Test
    void aFullHashSaysSoAndABatchSaysHowFarItCame() {
        try (var map = BpfMap.hash("test", 4, 4, 5)) {
            var keys = ints(IntStream.range(0, 8).toArray());
            assertThat(map.updateBatch(keys, keys, 3)).isEqualTo(3);
            assertThat(map.updateBatch(keys, keys, 8)).isEqualTo(5);
            assertThat(map.update(ints(99), ints(1))).isFalse();
            assertThat(map.update(ints(0), ints(1))).isTrue();
        }
    }

    @Test
    void aBatchOfDeletesSkipsWhatIsNotThere() {
        try (var map = BpfMap.hash("test", 4, 4, 10)) {
            map.updateBatch(ints(1, 3, 5), ints(10, 30, 50), 3);
            map.deleteBatch(ints(0, 1, 2, 5, 6), 5);
            assertThat(map.lookup(ints(1), ints(0))).isFalse();
            assertThat(map.lookup(ints(3), ints(0))).isTrue();
            assertThat(map.lookup(ints(5), ints(0))).isFalse();
        }
    }

    @Test
    void anArrayHasAllItsEntries() {
        try (var map = BpfMap.array("test", 4, 3)) {
            var found = ints(-1);
            assertThat(map.lookup(ints(2), found)).isTrue();
            assertThat(found.get(JAVA_INT, 0)).isZero();
            assertThat(map.lookup(ints(3), found)).isFalse();
        }
    }

    @Test
    void aRefusedProgramCarriesTheVerifiersWords() {
        var code = new Assembler(ByteOrder.nativeOrder()).move(Reg.R0, Reg.R5).exit().assemble();
        assertThatThrownBy(() -> BpfProgram.loadClassifier("test", "Apache-2.0", code))
                .isInstanceOf(VerifierException.class)
                .hasMessageContaining("BPF program test refused: EACCES")
                .hasMessageContaining("R5 !read_ok");
    }

    @Test
    void attachingToAnInterfaceThatDoesNotExistNamesIt() {
        var code = new Assembler(ByteOrder.nativeOrder()).move(Reg.R0, -1).exit().assemble();
        try (var program = BpfProgram.loadClassifier("test", "Apache-2.0", code)) {
            assertThatThrownBy(() -> program.attachTcxIngress(0x7fff_0000))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV))
                    .hasMessageContaining("2147418112");
        }
    }

    @Test
    void theProbeFindsAllThatThePacketEngineNeeds() {
        assertThat(PacketEngineProbe.probe()).isEqualTo(new Support.Available());
    }
}
