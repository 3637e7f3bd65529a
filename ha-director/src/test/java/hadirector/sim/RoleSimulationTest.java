package hadirector.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two to five directors with cluster networks that delay, stall and are cut, one way too, client networks that lose, reorder, double
/// and split, every arbiter, kills, restarts, stops, pauses, failed links and engines, wrong suspicions, clocks that drift and step, and
/// operators, all from one seed. `-Dsim.seed=N` repeats one, `-Dsim.seeds=N` runs that many.
class RoleSimulationTest {
    private static final long SEEDS_MAX = 100_000;

    /// So many on each processor take two minutes.
    private static final long SEEDS_EACH = 25_000;

    private static final long SEEDS =
            Long.getLong("sim.seeds", Math.min(SEEDS_MAX, SEEDS_EACH * Runtime.getRuntime().availableProcessors()));

    private static LongStream seeds() {
        Long one = Long.getLong("sim.seed");
        return one == null ? LongStream.range(0, SEEDS) : LongStream.of(one);
    }

    /// What went wrong in the run of `seed`, if anything.
    private static Optional<String> failure(long seed, Mutant mutant) {
        try {
            new SimRun(seed, mutant, false).run();
            return Optional.empty();
        } catch (AssertionError e) {
            return Optional.of("seed %d: %s; repeat with -Dsim.seed=%d".formatted(seed, e.getMessage(), seed));
        }
    }

    private static List<String> diary(long seed) {
        var run = new SimRun(seed, Mutant.NONE, true);
        try {
            run.run();
        } catch (AssertionError _) {
            // What it says is known.
        }
        return run.diary();
    }

    @Test
    void neverTwoHoldersInOneViewAndOneWithEveryEntryInTheEnd() {
        var failed = seeds().parallel().filter(seed -> failure(seed, Mutant.NONE).isPresent()).toArray();
        assertThat(failed).as(() -> story(failed)).isEmpty();
    }

    /// How often what failed, and all that happened in the first one.
    private static String story(long[] failed) {
        var failures = LongStream.of(failed).limit(1_000).mapToObj(seed -> failure(seed, Mutant.NONE).orElseThrow()).toList();
        return "%d seeds failed%s%nfirst %s%n%s"
                .formatted(failed.length, kinds(failures), failures.getFirst(), String.join("\n", diary(failed[0])));
    }

    private static String kinds(List<String> failures) {
        var kinds = failures.stream()
                .collect(Collectors.groupingBy(line -> line.replaceAll("seed \\d+: |; repeat.*", "").replaceAll("\\d+", "N")));
        return kinds.values().stream()
                .map(lines -> "\n%6d such as %s".formatted(lines.size(), lines.getFirst()))
                .collect(Collectors.joining());
    }

    @Test
    void repeatsARunFromItsSeed() {
        for (long seed = 0; seed < 20; seed++) {
            assertThat(diary(seed)).isEqualTo(diary(seed));
        }
    }

    /// In the build the first seed that notices is enough; `-Dsim.mutant.seeds=N` counts them among N seeds.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void noticesEveryBrokenRule(Mutant mutant) {
        Long counted = Long.getLong("sim.mutant.seeds");
        if (counted == null) {
            assertThat(LongStream.range(0, SEEDS).parallel().anyMatch(seed -> notices(seed, mutant))).isTrue();
        } else {
            long noticed = LongStream.range(0, counted).parallel().filter(seed -> notices(seed, mutant)).count();
            System.out.printf("%s: noticed by %d of %d seeds%n", mutant, noticed, counted);
        }
    }

    private static boolean notices(long seed, Mutant mutant) {
        return failure(seed, mutant).isPresent();
    }
}
