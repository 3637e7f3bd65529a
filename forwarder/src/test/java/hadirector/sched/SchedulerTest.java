package hadirector.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SchedulerTest {
    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void anEmptyPoolHasNoServer(SchedulerKind kind) {
        var pool = pool();
        assertThat(Scheduler.of(kind, pool, 1).select(pool, 7)).isEqualTo(Scheduler.NONE);
    }

    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void aPoolOfQuiescedServersHasNoServerUntilOneComesBack(SchedulerKind kind) {
        var pool = pool(3, 1, 2);
        var scheduler = Scheduler.of(kind, pool, 1);
        IntStream.range(0, 3).forEach(slot -> pool.weight(slot, 0));
        assertThat(scheduler.select(pool, 7)).isEqualTo(Scheduler.NONE);
        pool.weight(1, 1);
        assertThat(IntStream.range(0, 100).map(i -> scheduler.select(pool, hash(i))).distinct()).containsExactly(1);
    }

    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void aServerConfiguredWithWeightZeroGetsNothing(SchedulerKind kind) {
        var pool = pool(0, 1, 0, 5);
        assertThat(draw(Scheduler.of(kind, pool, 3), pool, 1_000)).startsWith(0).doesNotContain(1_000);
        var quiesced = pool(0, 0);
        assertThat(Scheduler.of(kind, quiesced, 3).select(quiesced, 7)).isEqualTo(Scheduler.NONE);
    }

    /// Directors of any version and hardware send a client to the same server.
    @ParameterizedTest
    @CsvSource({"SH, 11222122101221122021", "MH, 22112002101022201110"})
    void whatIsChosenByTheClientsAddressIsAsPublished(SchedulerKind kind, String slots) {
        var pool = pool(1, 2, 3);
        var scheduler = Scheduler.of(kind, pool, 1);
        assertThat(IntStream.range(0, 20)
                        .mapToObj(client -> String.valueOf(scheduler.select(pool, hash(client))))
                        .collect(Collectors.joining()))
                .isEqualTo(slots);
    }

    @RepeatedTest(50)
    void neverGivesAQuiescedServerWhateverHappensToWeights(RepetitionInfo run) {
        var r = new Random(run.getCurrentRepetition());
        for (var kind : SchedulerKind.values()) {
            var pool = pool(r.ints(1 + r.nextInt(12), 0, 9).toArray());
            var scheduler = Scheduler.of(kind, pool, r.nextLong());
            for (int i = 0; i < 500; i++) {
                if (r.nextInt(10) == 0) {
                    pool.weight(r.nextInt(pool.size()), r.nextInt(4));
                }
                int hash = r.nextInt();
                int expected = scheduler.preview(pool, hash);
                assertThat(scheduler.preview(pool, hash)).isEqualTo(expected);
                int slot = scheduler.select(pool, hash);
                assertThat(slot).isEqualTo(expected);
                boolean any = IntStream.range(0, pool.size()).anyMatch(s -> pool.weight(s) > 0);
                assertThat(slot != Scheduler.NONE).isEqualTo(any);
                if (slot != Scheduler.NONE) {
                    assertThat(pool.weight(slot)).isPositive();
                    pool.count(slot, r.nextInt(2), 1);
                }
            }
        }
    }

    @Test
    void rrGivesEachServerTheSameWhateverItsWeight() {
        var pool = pool(1, 60_000, 7);
        assertThat(draw(Scheduler.of(SchedulerKind.RR, pool, 5), pool, 300)).containsExactly(100, 100, 100);
    }

    @RepeatedTest(200)
    void wrrGivesExactlyTheWeightsInEveryCycle(RepetitionInfo run) {
        var r = new Random(run.getCurrentRepetition());
        int[] weights = r.ints(1 + r.nextInt(8), 0, 40).toArray();
        int cycle = IntStream.of(weights).sum();
        var pool = pool(weights);
        var scheduler = Scheduler.of(SchedulerKind.WRR, pool, r.nextLong());
        for (int i = 0; i < 3; i++) {
            assertThat(draw(scheduler, pool, cycle)).containsExactly(weights);
        }
    }

    @Test
    void wrrKeepsExtremeWeightsExactAndSpread() {
        var pool = pool(65_535, 1, 65_535);
        var scheduler = Scheduler.of(SchedulerKind.WRR, pool, 1);
        assertThat(draw(scheduler, pool, 131_071)).containsExactly(65_535, 1, 65_535);
        assertThat(draw(scheduler, pool, 1_000)[0]).isCloseTo(500, within(1));
    }

    @Test
    void wrrSpreadsTheHeavyServerOverTheCycle() {
        var pool = pool(4, 2, 1);
        var scheduler = new WeightedRoundRobin(3, 0);
        assertThat(IntStream.range(0, 7).map(_ -> scheduler.select(pool, 0))).containsExactly(0, 1, 0, 2, 0, 1, 0);
    }

    @ParameterizedTest
    @EnumSource(
            value = SchedulerKind.class,
            names = {"RR", "WRR", "LC", "WLC"})
    void directorsWithDifferentSeedsBeginWithDifferentServers(SchedulerKind kind) {
        var first = IntStream.range(0, 400)
                .map(seed -> {
                    var pool = pool(1, 1, 1, 1);
                    return Scheduler.of(kind, pool, seed).select(pool, 0);
                })
                .toArray();
        for (int slot = 0; slot < 4; slot++) {
            int wanted = slot;
            assertThat(IntStream.of(first).filter(s -> s == wanted).count()).isBetween(60L, 140L);
        }
    }

    @Test
    void lcTakesTheLeastLoadedWhereAnActiveConnectionWeighs256Idle() {
        var pool = pool(1, 100, 1);
        pool.count(0, 1, 0);
        pool.count(1, 0, 255);
        pool.count(2, 2, 0);
        assertThat(new LeastConnection(0).select(pool, 0)).isEqualTo(1);
        pool.count(1, 0, 2);
        assertThat(new LeastConnection(0).select(pool, 0)).isEqualTo(0);
    }

    @Test
    void wlcComparesWithoutRounding() {
        var pool = pool(65_535, 65_534);
        pool.count(0, 1_000_000, 0);
        pool.count(1, 1_000_000, 0);
        assertThat(new WeightedLeastConnection(1).select(pool, 0)).isEqualTo(0);
        pool.count(0, 16, 0); // Now 1,000,016 / 65,535 against 1,000,000 / 65,534: 15.2592 against 15.2593.
        assertThat(new WeightedLeastConnection(0).select(pool, 0)).isEqualTo(1);
    }

    @RepeatedTest(100)
    void wlcKeepsLoadsInProportionToWeights(RepetitionInfo run) {
        var r = new Random(run.getCurrentRepetition());
        int[] weights = r.ints(2 + r.nextInt(6), 1, 20).toArray();
        int cycle = IntStream.of(weights).sum();
        var pool = pool(weights);
        var scheduler = Scheduler.of(SchedulerKind.WLC, pool, r.nextLong());
        for (int i = 0; i < cycle * 10; i++) {
            pool.count(scheduler.select(pool, 0), 1, 0);
        }
        for (int slot = 0; slot < weights.length; slot++) {
            assertThat(pool.active(slot)).isCloseTo(10 * weights[slot], within(weights[slot]));
        }
    }

    @Test
    void equallyLoadedServersTakeTurns() {
        for (var kind : List.of(SchedulerKind.LC, SchedulerKind.WLC)) {
            var pool = pool(1, 1, 1, 1);
            assertThat(draw(Scheduler.of(kind, pool, 9), pool, 400)).containsExactly(100, 100, 100, 100);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SchedulerKind.class,
            names = {"SH", "MH"})
    void hashingFollowsTheWeights(SchedulerKind kind) {
        var pool = pool(1, 2, 3, 0, 10);
        int[] drawn = draw(Scheduler.of(kind, pool, 0), pool, 160_000);
        for (int slot = 0; slot < drawn.length; slot++) {
            assertThat(drawn[slot]).isCloseTo(10_000 * pool.weight(slot), within(1_200));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SchedulerKind.class,
            names = {"SH", "MH"})
    void hashingIsTheSameOnEveryDirectorWhateverTheOrderOfItsFile(SchedulerKind kind) {
        var servers = servers(1, 2, 3, 1, 5);
        var shuffled = new ArrayList<>(servers);
        Collections.shuffle(shuffled, new Random(4));
        var here = ServerPool.of(servers);
        var there = ServerPool.of(shuffled);
        var scheduler = Scheduler.of(kind, here, 1);
        var other = Scheduler.of(kind, there, 2);
        here.weight(servers.indexOf(servers.get(2)), 0);
        there.weight(shuffled.indexOf(servers.get(2)), 0);
        for (int i = 0; i < 5_000; i++) {
            assertThat(servers.get(scheduler.select(here, hash(i))))
                    .isEqualTo(shuffled.get(other.select(there, hash(i))));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SchedulerKind.class,
            names = {"SH", "MH"})
    void quiescingAServerMovesItsOwnClientsOnlyAndSpreadsThem(SchedulerKind kind) {
        var pool = pool(1, 1, 1, 1);
        var scheduler = Scheduler.of(kind, pool, 0);
        int[] before = IntStream.range(0, 10_000).map(i -> scheduler.select(pool, hash(i))).toArray();
        pool.weight(2, 0);
        int[] moved = new int[4];
        for (int i = 0; i < before.length; i++) {
            int now = scheduler.select(pool, hash(i));
            if (before[i] == 2) {
                moved[now]++;
            } else {
                assertThat(now).isEqualTo(before[i]);
            }
        }
        assertThat(moved[2]).isZero();
        assertThat(moved[0]).isBetween(650, 1_050);
        assertThat(moved[1]).isBetween(650, 1_050);
    }

    @RepeatedTest(10)
    void removingAServerFromMhMovesFewClientsOfTheOthers(RepetitionInfo run) {
        var r = new Random(run.getCurrentRepetition());
        var servers = new ArrayList<>(servers(r.ints(10, 1, 6).toArray()));
        var before = ServerPool.of(servers);
        var old = Scheduler.of(SchedulerKind.MH, before, 0);
        var gone = servers.get(r.nextInt(servers.size()));
        var left = new ArrayList<>(servers);
        left.remove(gone);
        var after = ServerPool.of(left);
        var renewed = Scheduler.of(SchedulerKind.MH, after, 0);
        int clients = 20_000;
        int disrupted = 0;
        for (int i = 0; i < clients; i++) {
            var was = servers.get(old.select(before, hash(i)));
            if (!was.equals(gone) && !was.equals(left.get(renewed.select(after, hash(i))))) {
                disrupted++;
            }
        }
        assertThat(disrupted).isLessThan(clients / 20);
    }

    @Test
    void mhHoldsManyServersAndLopsidedWeights() {
        var pool = pool(IntStream.range(0, 1_000).map(i -> i == 0 ? 65_535 : 1).toArray());
        var scheduler = Scheduler.of(SchedulerKind.MH, pool, 0);
        assertThat(draw(scheduler, pool, 10_000)[0]).isGreaterThan(9_500);
        pool.weight(0, 0);
        assertThat(IntStream.of(draw(scheduler, pool, 10_000)).max().orElseThrow()).isLessThan(50);
    }

    @Test
    void theSourceHashIsThatOfTheMappedAddressAndNeverChanges() {
        var v4 = IpAddress.of("192.0.2.7");
        assertThat(SourceHash.of(v4.v4()))
                .isEqualTo(SourceHash.of(v4.high(), v4.low()))
                .isEqualTo(976_101_356);
    }

    @Test
    void aPoolRefusesWeightsThatIpvsadmRefuses() {
        var pool = pool(1);
        assertThatThrownBy(() -> pool.weight(0, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.weight(0, 65_536)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static int hash(int client) {
        return SourceHash.of(0x0a00_0000 + client);
    }

    private static int[] draw(Scheduler scheduler, ServerPool pool, int times) {
        int[] drawn = new int[pool.size()];
        for (int i = 0; i < times; i++) {
            drawn[scheduler.select(pool, hash(i))]++;
        }
        return drawn;
    }

    private static ServerPool pool(int... weights) {
        return ServerPool.of(servers(weights));
    }

    private static List<RealServer> servers(int... weights) {
        return IntStream.range(0, weights.length)
                .mapToObj(i -> new RealServer(
                        new Endpoint(IpAddress.v4(0x0a010001 + i), 80), weights[i], ForwardingMethod.NAT))
                .toList();
    }
}
