package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.lab.NeedsRoot;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Every kind of map, written by one side and read by the other.
@Tag("lab")
@NeedsRoot
class MapsLabTest {
    private static final int NOTHING = -1;
    private final Arena arena = Arena.ofAuto();

    private MemorySegment ints(int... values) {
        return arena.allocateFrom(JAVA_INT, values);
    }

    /// Runs a program once, on a frame of zeros; what it returns.
    private int run(Consumer<Assembler> code) {
        var a = new Assembler(ByteOrder.nativeOrder());
        code.accept(a);
        try (var program = BpfProgram.loadClassifier("test", "Apache-2.0", a.assemble())) {
            return program.testRun(arena.allocate(64), MemorySegment.NULL, 1).returned();
        }
    }

    private static Assembler lookUp(Assembler a, int fd, int key) {
        return a.store(Width.WORD, Reg.R10, -4, key)
                .loadMap(Reg.R1, fd)
                .move(Reg.R2, Reg.R10)
                .alu(Alu.ADD, Reg.R2, -4)
                .call(Helper.MAP_LOOKUP);
    }

    private static void orNothing(Assembler a) {
        a.jump(Jump.NOT_EQUAL, Reg.R0, 0, "found" + a.size());
        int label = a.size() - 1;
        a.move(Reg.R0, NOTHING).exit().label("found" + label);
    }

    @Test
    void aMappedArrayIsTheSameMemoryForProgramAndProcess() {
        try (var map = BpfMap.mappedArray("test", 24, 1000)) {
            var memory = map.memory();
            assertThat(memory.byteSize()).isEqualTo(24_000);
            memory.set(JAVA_INT, 999 * 24, 7);
            int returned = run(a -> {
                lookUp(a, map.fd(), 999);
                orNothing(a);
                a.load(Width.WORD, Reg.R1, Reg.R0, 0)
                        .move(Reg.R2, 5)
                        .atomicAdd(Width.DOUBLE, Reg.R0, 8, Reg.R2)
                        .move(Reg.R0, Reg.R1)
                        .exit();
            });
            assertThat(returned).isEqualTo(7);
            assertThat(memory.get(JAVA_LONG, 999 * 24 + 8)).isEqualTo(5);
        }
    }

    @Test
    void memoryOfAClosedMapIsRefusedNotTouched() {
        var map = BpfMap.mappedArray("test", 8, 1);
        var memory = map.memory();
        map.close();
        assertThatThrownBy(() -> memory.get(JAVA_INT, 0)).isInstanceOf(IllegalStateException.class);
        try (var unmapped = BpfMap.array("test", 8, 1)) {
            assertThatThrownBy(unmapped::memory).hasMessage("BPF map test is not mapped");
        }
    }

    @Test
    void aMapInAnArrayOfMapsIsReadThroughItAlsoWhenItsDescriptorIsClosed() {
        try (var template = BpfMap.mappedArray("inner", 8, 16);
                var outer = BpfMap.arrayOfMaps("outer", template, 4)) {
            var inner = BpfMap.mappedArray("inner", 8, 16);
            inner.memory().set(JAVA_INT, 3 * 8, 42);
            outer.put(2, inner);
            inner.close();
            assertThat(run(a -> readInner(a, outer, 2))).isEqualTo(42);
            assertThat(run(a -> readInner(a, outer, 1))).isEqualTo(NOTHING);
        }
    }

    private static void readInner(Assembler a, BpfMap outer, int index) {
        lookUp(a, outer.fd(), index);
        orNothing(a);
        a.store(Width.WORD, Reg.R10, -4, 3)
                .move(Reg.R1, Reg.R0)
                .move(Reg.R2, Reg.R10)
                .alu(Alu.ADD, Reg.R2, -4)
                .call(Helper.MAP_LOOKUP);
        orNothing(a);
        a.load(Width.WORD, Reg.R0, Reg.R0, 0).exit();
    }

    @Test
    void countersOfEveryProcessorAreSummed() {
        try (var counters = new PerCpuArray("test", 2, 3)) {
            for (int i = 0; i < 10; i++) {
                run(a -> {
                    lookUp(a, counters.fd(), 1);
                    orNothing(a);
                    a.load(Width.DOUBLE, Reg.R1, Reg.R0, 8)
                            .alu(Alu.ADD, Reg.R1, 4)
                            .store(Width.DOUBLE, Reg.R0, 8, Reg.R1)
                            .move(Reg.R0, 0)
                            .exit();
                });
            }
            var sums = new long[2];
            counters.sum(1, sums);
            assertThat(sums).containsExactly(0, 40);
            counters.clear(1);
            counters.sum(1, sums);
            assertThat(sums).containsExactly(0, 0);
            assertThatThrownBy(() -> counters.sum(3, sums)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void aTrieFindsTheLongestPrefix() {
        try (var trie = BpfMap.lpmTrie("test", 8, 4, 10)) {
            int ten = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? 0x0a000000 : 0x0000000a;
            int tenOne = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? 0x0a010000 : 0x0000010a;
            trie.update(ints(8, ten), ints(1));
            trie.update(ints(16, tenOne), ints(2));
            var found = ints(0);
            assertThat(trie.lookup(ints(32, tenOne), found)).isTrue();
            assertThat(found.get(JAVA_INT, 0)).isEqualTo(2);
            assertThat(trie.lookup(ints(32, ten), found)).isTrue();
            assertThat(found.get(JAVA_INT, 0)).isEqualTo(1);
            assertThat(trie.lookup(ints(32, 0), found)).isFalse();
        }
    }

    @Test
    void anLruHashTakesMoreThanFits() {
        try (var map = BpfMap.lruHash("test", 4, 4, 256)) {
            for (int i = 0; i < 10_000; i++) {
                assertThat(map.update(ints(i), ints(i))).isTrue();
            }
            assertThat(map.lookup(ints(9_999), ints(0))).isTrue();
            assertThat(entries(map)).hasSizeBetween(1, 256);
        }
    }

    @Test
    void aWalkShowsEveryEntryOnce() {
        try (var map = BpfMap.hash("test", 4, 4, 20_000)) {
            assertThat(entries(map)).isEmpty();
            for (int i = 0; i < 10_000; i++) {
                map.update(ints(i), ints(-i));
            }
            var found = entries(map);
            assertThat(found).hasSize(10_000);
            assertThat(found.get(9_999)).isEqualTo(-9_999);
            var keys = new ArrayList<Integer>();
            var key = ints(0);
            for (boolean more = map.nextKey(MemorySegment.NULL, key); more; more = map.nextKey(key, key)) {
                keys.add(key.get(JAVA_INT, 0));
            }
            assertThat(keys).hasSize(10_000).doesNotHaveDuplicates();
            assertThat(map.updateBatch(ints(1, 2), ints(5, 6), 2)).as("a batch after a walk").isEqualTo(2);
        }
    }

    private static Map<Integer, Integer> entries(BpfMap map) {
        var found = new TreeMap<Integer, Integer>();
        map.forEach((keys, values, count) -> {
            for (int i = 0; i < count; i++) {
                found.put(keys.getAtIndex(JAVA_INT, i), values.getAtIndex(JAVA_INT, i));
            }
        });
        return found;
    }

    @Test
    void aRingBufferGivesRecordsInOrderAndSaysWhenItIsFull() {
        try (var ring = new RingBuffer("test", 4096)) {
            var seen = new ArrayList<Integer>();
            for (int round = 0; round < 500; round++) {
                int number = round;
                assertThat(run(a -> output(a, ring, number))).isZero();
                assertThat(ring.read((memory, at, length) -> {
                    assertThat(length).isEqualTo(12);
                    seen.add(memory.get(JAVA_INT, at));
                }, 10)).isEqualTo(1);
            }
            assertThat(seen).hasSize(500).isSorted().startsWith(0).endsWith(499);
            int fit = 0;
            while (run(a -> output(a, ring, 0)) == 0) {
                fit++;
            }
            assertThat(fit).as("records of 24 bytes in 4096").isEqualTo(4096 / 24);
            assertThat(ring.read((_, _, _) -> {}, 100)).isEqualTo(100);
            assertThat(ring.read((_, _, _) -> {}, 100)).isEqualTo(fit - 100);
            assertThat(ring.read((_, _, _) -> {}, 100)).isZero();
        }
    }

    private static void output(Assembler a, RingBuffer ring, int number) {
        a.store(Width.DOUBLE, Reg.R10, -8, 0)
                .store(Width.DOUBLE, Reg.R10, -16, 0)
                .store(Width.WORD, Reg.R10, -16, number)
                .loadMap(Reg.R1, ring.fd())
                .move(Reg.R2, Reg.R10)
                .alu(Alu.ADD, Reg.R2, -16)
                .move(Reg.R3, 12)
                .move(Reg.R4, 0)
                .call(Helper.RINGBUF_OUTPUT)
                .exit();
    }

    @Test
    void everyHelperHasTheNumberThatTheKernelGivesIt() {
        // A wrong number calls another function, whose arguments the verifier refuses, or none.
        assertThat(List.of(Helper.KTIME_GET_NS, Helper.KTIME_GET_COARSE_NS, Helper.GET_PRANDOM_U32, Helper.GET_SMP_PROCESSOR_ID))
                .allSatisfy(helper -> assertThat(run(a -> a.call(helper).move(Reg.R0, 3).exit())).isEqualTo(3));
    }
}
