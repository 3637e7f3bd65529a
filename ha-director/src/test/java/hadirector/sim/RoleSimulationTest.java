package hadirector.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two or three directors with cluster networks that delay, stall and are cut, one way too, client networks that lose, reorder, double
/// and split, every arbiter, kills, restarts, stops, pauses, failed links and engines, wrong suspicions, clocks that drift and step, and
/// operators, all from one seed. `-Dsim.seed=N` repeats one, `-Dsim.seeds=N` runs that many.
class RoleSimulationTest {
    private static final long SEEDS = Long.getLong("sim.seeds", 30_000);

    /// Some rules are broken noticeably only by rare coincidences.
    private static final long MUTANT_SEEDS = 20_000;

    private static LongStream seeds() {
        Long one = Long.getLong("sim.seed");
        return one == null ? LongStream.range(0, SEEDS) : LongStream.of(one);
    }

    /// What went wrong in the run of `seed`, if anything.
    private static Optional<String> failure(long seed, Mutant mutant) {
        var run = new SimRun(seed, mutant);
        try {
            run.run();
            return Optional.empty();
        } catch (AssertionError e) {
            return Optional.of("seed %d: %s; repeat with -Dsim.seed=%d%n%s"
                    .formatted(seed, e.getMessage(), seed, String.join("\n", run.diary())));
        }
    }

    @Test
    void neverTwoHoldersInOneViewAndOneWithEveryEntryInTheEnd() {
        var failures = seeds().parallel().mapToObj(seed -> failure(seed, Mutant.NONE)).flatMap(Optional::stream).toList();
        assertThat(failures.size()).as(() -> failures.size() + " seeds failed" + kinds(failures) + "\nfirst " + failures.getFirst()).isZero();
    }

    /// How often what failed.
    private static String kinds(List<String> failures) {
        var kinds = failures.stream()
                .map(failure -> failure.lines().findFirst().orElse(""))
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

    private static List<String> diary(long seed) {
        var run = new SimRun(seed, Mutant.NONE);
        run.run();
        return run.diary();
    }

    /// In the build the first seed that notices is enough; `-Dsim.mutant.seeds=N` counts them among N seeds.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void noticesEveryBrokenRule(Mutant mutant) {
        Long counted = Long.getLong("sim.mutant.seeds");
        long last = Math.max(SEEDS, MUTANT_SEEDS);
        if (counted == null) {
            assertThat(LongStream.range(0, last).parallel().anyMatch(seed -> notices(seed, mutant))).isTrue();
        } else {
            long noticed = LongStream.range(0, counted).parallel().filter(seed -> notices(seed, mutant)).count();
            System.out.printf("%s: noticed by %d of %d seeds%n", mutant, noticed, counted);
        }
    }

    private static boolean notices(long seed, Mutant mutant) {
        return failure(seed, mutant).isPresent();
    }
}
