package hadirector.forward;

import static hadirector.forward.FragmentCache.Cause;
import static hadirector.forward.FragmentCache.Verdict;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.packet.FragmentBuilder;
import hadirector.packet.FrameBuilder;
import hadirector.packet.FrameKind;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// Invariants R1 to R4 of forwarder/DESIGN.md.
class FragmentCacheTest {
    private static final String CLIENT = "198.51.100.7";
    private static final String VIP = "192.0.2.10";
    private static final int UDP = 17;
    private static final int FLOW = 42;

    private final Map<Cause, Integer> drops = new EnumMap<>(Cause.class);
    private final ParsedFrame parsed = new ParsedFrame();
    private FragmentCache cache = cache(8192, 512);
    private long now = 77;

    private FragmentCache cache(int datagrams, int held) {
        return new FragmentCache(
                new FragmentCache.Limits(datagrams, held), 5, (cause, count) -> drops.merge(cause, count, Integer::sum));
    }

    private static byte[] part(String source, int protocol, int id, int offset, int length, boolean more) {
        byte[] data = new byte[length];
        Arrays.fill(data, (byte) 0x55); // Reads as ports, and as a TCP header of 20 bytes.
        byte[] header = FrameBuilder.ip(protocol, source, VIP, new byte[8]).build();
        return new FragmentBuilder(header, id).part(offset, data, more);
    }

    private Verdict take(byte[] bytes) {
        var frame = MemorySegment.ofArray(bytes);
        assertThat(parsed.parse(frame, 0, bytes.length)).isEqualTo(FrameKind.FRAGMENT);
        return cache.take(frame, parsed, now);
    }

    private Verdict take(int id, int offset, int length, boolean more) {
        return take(part(CLIENT, UDP, id, offset, length, more));
    }

    /// Offsets, in units of 8 bytes, of what had waited.
    private List<Integer> decide() {
        cache.decided(FLOW);
        var offsets = new ArrayList<Integer>();
        var waited = new ParsedFrame();
        for (int held = cache.nextHeld(); held != FragmentCache.NONE; held = cache.nextHeld()) {
            waited.parse(cache.heldMemory(), cache.heldAt(held), cache.heldLength(held));
            offsets.add(waited.fragmentOffset() / 8);
        }
        return offsets;
    }

    @Test
    void laterFragmentsFollowTheFirst() {
        assertThat(take(1, 0, 80, true)).isEqualTo(Verdict.DECIDE);
        assertThat(decide()).isEmpty();
        assertThat(take(1, 80, 80, true)).isEqualTo(Verdict.FOLLOW);
        assertThat(cache.flow()).isEqualTo(FLOW);
        assertThat(take(1, 160, 3, false)).isEqualTo(Verdict.FOLLOW);
        assertThat(cache.flow()).isEqualTo(FLOW);
        assertThat(cache.size()).as("all of it has passed").isZero();
        assertThat(drops).isEmpty();
    }

    @Test
    void laterOnesThatComeFirstWaitAndLeaveInTheOrderTheyCame() {
        assertThat(take(1, 160, 3, false)).isEqualTo(Verdict.HELD);
        assertThat(take(1, 80, 80, true)).isEqualTo(Verdict.HELD);
        assertThat(take(1, 0, 80, true)).isEqualTo(Verdict.DECIDE);
        assertThat(decide()).containsExactly(20, 10);
        assertThat(cache.size()).isZero();
        assertThat(cache.nextHeld()).as("asked once more").isEqualTo(FragmentCache.NONE);
        assertThat(cache.size()).isZero();
        assertThat(drops).isEmpty();
    }

    @Test
    void idAddressesAndProtocolTellDatagramsApart() {
        assertThat(take(1, 0, 80, true)).isEqualTo(Verdict.DECIDE);
        decide();
        assertThat(take(2, 80, 8, false)).isEqualTo(Verdict.HELD);
        assertThat(take(part("198.51.100.8", UDP, 1, 80, 8, false))).isEqualTo(Verdict.HELD);
        assertThat(take(part(CLIENT, 6, 1, 80, 8, false))).isEqualTo(Verdict.HELD);
        assertThat(take(1, 80, 8, false)).isEqualTo(Verdict.FOLLOW);
    }

    @Test
    void thoseWhoseFirstDoesNotComeAreDroppedAfterHalfAMinute() {
        take(1, 80, 80, true);
        take(1, 160, 8, false);
        now += FragmentCache.TIMEOUT_NANOS - 1;
        cache.expire(now);
        assertThat(cache.size()).isOne();
        cache.expire(now + 1);
        assertThat(cache.size()).isZero();
        assertThat(drops).containsOnly(Map.entry(Cause.TIMEOUT, 2));
    }

    @Test
    void aDatagramThatWasForwardedInPartEndsWithoutADrop() {
        take(1, 0, 80, true);
        decide();
        now += FragmentCache.TIMEOUT_NANOS;
        assertThat(take(1, 80, 8, false)).as("forgotten").isEqualTo(Verdict.HELD);
        assertThat(drops).isEmpty();
    }

    @Test
    void aDuplicateIsDroppedAlone() {
        take(1, 80, 80, true);
        assertThat(take(1, 80, 80, true)).isEqualTo(Verdict.DROPPED);
        take(1, 0, 80, true);
        assertThat(decide()).containsExactly(10);
        assertThat(take(1, 0, 80, true)).isEqualTo(Verdict.DROPPED);
        assertThat(drops).containsOnly(Map.entry(Cause.DUPLICATE, 2));
        assertThat(take(1, 160, 80, false)).isEqualTo(Verdict.FOLLOW);
    }

    @Test
    void overlappingFragmentsSpoilTheirDatagram() {
        take(1, 80, 80, true);
        take(1, 240, 80, true);
        assertThat(take(1, 72, 16, true)).isEqualTo(Verdict.DROPPED);
        assertThat(drops).containsOnly(Map.entry(Cause.OVERLAP, 3));
        assertThat(take(1, 0, 72, true)).as("the first, too late").isEqualTo(Verdict.DROPPED);
        assertThat(drops).containsEntry(Cause.REFUSED, 1);
        assertThat(take(2, 0, 72, true)).as("another datagram").isEqualTo(Verdict.DECIDE);
    }

    @Test
    void whatFollowsARefusedFirstIsDropped() {
        take(1, 160, 8, false);
        take(1, 0, 80, true);
        cache.refused();
        assertThat(take(1, 80, 80, true)).isEqualTo(Verdict.DROPPED);
        assertThat(drops).containsOnly(Map.entry(Cause.REFUSED, 2));
        assertThat(cache.size()).as("all of it has come").isZero();
    }

    @Test
    void impossibleFragmentsAreInvalid() {
        assertThat(take(1, 80, 0, true)).as("no data").isEqualTo(Verdict.DROPPED);
        assertThat(take(1, 80, 9, true)).as("no multiple of 8 in the middle").isEqualTo(Verdict.DROPPED);
        assertThat(take(1, 65_512, 80, false)).as("longer than any datagram").isEqualTo(Verdict.DROPPED);
        assertThat(drops).containsOnly(Map.entry(Cause.INVALID, 3));
        assertThat(cache.size()).as("not worth remembering").isZero();
    }

    @Test
    void anImpossibleFragmentSpoilsItsDatagram() {
        take(1, 80, 80, true);
        assertThat(take(1, 160, 9, true)).isEqualTo(Verdict.DROPPED);
        assertThat(drops).containsOnly(Map.entry(Cause.INVALID, 2));
        assertThat(take(1, 0, 80, true)).isEqualTo(Verdict.DROPPED);
    }

    @Test
    void aFirstFragmentWithoutItsWholeTransportHeaderIsRefused() {
        assertThat(take(part(CLIENT, 6, 1, 0, 16, true))).as("RFC 1858").isEqualTo(Verdict.DROPPED);
        assertThat(drops).containsOnly(Map.entry(Cause.INVALID, 1));
        assertThat(take(part(CLIENT, 1, 1, 0, 80, true))).as("ICMP has no ports").isEqualTo(Verdict.DECIDE);
        assertThat(take(part(CLIENT, 47, 1, 0, 80, true))).as("nor has GRE").isEqualTo(Verdict.DROPPED);
        assertThat(drops).containsEntry(Cause.REFUSED, 1);
    }

    @Test
    void whoSendsMoreThanItsShareLosesItsOwnOldest() {
        cache = cache(64, 512);
        take(part("198.51.100.8", UDP, 1, 80, 8, false));
        for (int id = 1; id <= 1_000; id++) {
            assertThat(take(id, 80, 8, false)).isEqualTo(Verdict.HELD);
        }
        assertThat(cache.size()).isEqualTo(9);
        assertThat(drops).containsOnly(Map.entry(Cause.LIMIT, 992));
        assertThat(take(part("198.51.100.8", UDP, 1, 0, 80, true))).isEqualTo(Verdict.DECIDE);
        assertThat(decide()).containsExactly(10);
        assertThat(take(1_000, 0, 80, true)).isEqualTo(Verdict.DECIDE);
        assertThat(decide()).as("its newest").containsExactly(10);
    }

    @Test
    void theOldestDatagramMakesRoomForANewOne() {
        cache = cache(16, 512);
        for (int i = 0; i < 1_000; i++) {
            take(part("10.%d.%d.7".formatted(i / 250, i % 250), UDP, 1, 80, 8, false));
        }
        assertThat(cache.size()).isLessThanOrEqualTo(16);
        assertThat(drops.get(Cause.LIMIT)).isEqualTo(1_000 - cache.size());
        assertThat(take(part("10.3.249.7", UDP, 1, 0, 80, true))).isEqualTo(Verdict.DECIDE);
        assertThat(decide()).containsExactly(10);
    }

    @Test
    void thoseThatHaveWaitedLongestMakeRoomForOthersToWait() {
        cache = cache(8192, 16);
        for (int i = 0; i < 1_000; i++) {
            assertThat(take(part("10.%d.%d.7".formatted(i / 250, i % 250), UDP, 1, 80, 8, false))).isEqualTo(Verdict.HELD);
        }
        assertThat(drops).containsOnly(Map.entry(Cause.LIMIT, 1_000 - 16));
    }

    @Test
    void oneSourceCannotFillAllRooms() {
        cache = cache(8192, 16);
        for (int i = 1; i <= 4; i++) {
            assertThat(take(1, 80 * i, 80, true)).isEqualTo(Verdict.HELD);
        }
        assertThat(take(1, 80 * 5, 80, true)).as("a fourth of 16 is its share").isEqualTo(Verdict.DROPPED);
        assertThat(drops).containsOnly(Map.entry(Cause.LIMIT, 5));
        assertThat(take(2, 80, 80, true)).as("its rooms are free again").isEqualTo(Verdict.HELD);
    }

    @Test
    void oneLongerThanARoomCannotWait() {
        assertThat(take(1, 8000, 9_600, true)).isEqualTo(Verdict.DROPPED);
        assertThat(drops).containsOnly(Map.entry(Cause.LIMIT, 1));
    }

    /// Many datagrams at once, their fragments in any order: each goes exactly once, nothing is dropped, nothing stays.
    @RepeatedTest(50)
    void everyFragmentGoesOnceInWhateverOrderTheyCome(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        var parts = new ArrayList<int[]>();
        for (int id = 0; id < 8; id++) {
            int count = random.nextInt(2, 9);
            for (int i = 0; i < count; i++) {
                parts.add(new int[] {id, i * 80, i + 1 < count ? 1 : 0});
            }
        }
        Collections.shuffle(parts, random);
        int gone = 0;
        for (int[] each : parts) {
            gone += switch (take(each[0], each[1], 80, each[2] == 1)) {
                case DECIDE -> 1 + decide().size();
                case FOLLOW -> 1;
                case HELD, DROPPED -> 0;
            };
        }
        assertThat(gone).isEqualTo(parts.size());
        assertThat(drops).isEmpty();
        assertThat(cache.size()).isZero();
    }

    /// Anything at all, with little room: the bounds hold, and every fragment is accounted for.
    @RepeatedTest(50)
    void everyFragmentOfAFloodIsForwardedOrDropped(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        cache = cache(16, 8);
        int gone = 0;
        int taken = 3_000;
        for (int i = 0; i < taken; i++) {
            now += random.nextInt(1_000) == 0 ? FragmentCache.TIMEOUT_NANOS : 1_000;
            String source = "10.0.0." + (1 + random.nextInt(20));
            int offset = 8 * random.nextInt(random.nextBoolean() ? 4 : 60);
            boolean more = offset == 0 || random.nextInt(4) > 0;
            int length = random.nextInt(8) == 0 ? random.nextInt(100) : 8 * random.nextInt(1, 4);
            gone += switch (take(part(source, random.nextBoolean() ? UDP : 6, random.nextInt(3), offset, length, more))) {
                case DECIDE -> {
                    if (random.nextBoolean()) {
                        cache.refused();
                        yield 1;
                    }
                    yield 1 + decide().size();
                }
                case FOLLOW -> 1;
                case HELD, DROPPED -> 0;
            };
            assertThat(cache.size()).isLessThanOrEqualTo(16);
        }
        cache.expire(now + FragmentCache.TIMEOUT_NANOS);
        assertThat(cache.size()).isZero();
        assertThat(gone + drops.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(taken);
    }
}
