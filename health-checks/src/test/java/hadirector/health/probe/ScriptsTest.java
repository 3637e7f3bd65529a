package hadirector.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.health.probe.Scripts.Verdict;
import hadirector.model.Track;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptsTest {
    private static final long PATIENCE_SECONDS = 20;
    private static final Duration SHORT = Duration.ofMillis(100);

    private final BlockingQueue<Verdict> verdicts = new LinkedBlockingQueue<>();
    private final Scripts scripts = new Scripts(verdicts::add);

    @TempDir
    private Path folder = Path.of("");

    @AfterEach
    void close() {
        scripts.close();
    }

    private static Track.Script script(int rise, int fall, String... argv) {
        return new Track.Script("db", List.of(argv), SHORT, Duration.ofMillis(300), rise, fall, OptionalInt.empty());
    }

    private Verdict next() throws InterruptedException {
        return Objects.requireNonNull(verdicts.poll(PATIENCE_SECONDS, TimeUnit.SECONDS), "no verdict");
    }

    @Test
    void theFirstRunDecidesAndThenRiseAndFallDo() throws Exception {
        var file = folder.resolve("well");
        var counter = folder.resolve("runs");
        scripts.configure(Set.of(script(2, 3, "/bin/sh", "-c", "echo x >>" + counter + "; test -e " + file)));
        assertThat(next().good()).isFalse();
        Files.createFile(file);
        long runs = runs(counter);
        assertThat(next().good()).isTrue();
        assertThat(runs(counter)).as("two good runs").isGreaterThan(runs);
        runs = runs(counter);
        Files.delete(file);
        assertThat(next()).satisfies(bad -> assertThat(bad.why()).isEqualTo("exit 1"));
        assertThat(runs(counter)).as("three bad runs").isGreaterThan(runs + 1);
    }

    private static long runs(Path counter) throws IOException {
        try (var lines = Files.lines(counter)) {
            return lines.count();
        }
    }

    @Test
    void whatTakesTooLongIsKilledWithItsChildren() throws Exception {
        var pid = folder.resolve("pid");
        scripts.configure(Set.of(script(1, 1, "/bin/sh", "-c", "sleep 1000 & echo $! >" + pid + "; wait")));
        var verdict = next();
        assertThat(verdict.good()).isFalse();
        assertThat(verdict.why()).startsWith("timed out after 300");
        scripts.configure(Set.of());
        long child = Long.parseLong(Files.readString(pid).strip());
        var handle = ProcessHandle.of(child);
        if (handle.isPresent()) {
            handle.get().onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void whatIsNotThereIsBad() throws Exception {
        scripts.configure(Set.of(script(1, 1, "/nowhere/check")));
        assertThat(next().why()).startsWith("could not run: ");
    }
}
