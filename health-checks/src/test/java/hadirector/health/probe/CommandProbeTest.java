package hadirector.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.health.ProbeResult.TimedOut;
import hadirector.health.Samples;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandProbeTest {
    private static final Endpoint RS = Endpoint.of("127.0.0.11:8080");
    private static final long PATIENCE_SECONDS = Prober.PATIENCE_SECONDS;

    private final Prober prober = new Prober();

    @AfterEach
    void close() {
        prober.close();
    }

    @Test
    void takesTheExitStatusForTheVerdictAndTheFirstLineForTheReason() throws Exception {
        assertThat(shell("exit 0")).isInstanceOf(Passed.class);
        assertThat(shell("exit 1")).isEqualTo(new Refused("exit 1"));
        assertThat(shell("echo replication stopped >&2; echo more; exit 3"))
                .isEqualTo(new Refused("exit 3: replication stopped"));
        assertThat(shell("kill -9 $$")).isEqualTo(new Refused("exit 137"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nowhere/check", "no-such-program-anywhere", "/", "/etc/hostname"})
    void hasNotRunWithoutAProgram(String program) throws Exception {
        assertThat(prober.probe(RS, Samples.command(program))).isInstanceOf(NotRun.class);
    }

    @Test
    void hasNotRunWhereAShellFindsNoProgram() throws Exception {
        assertThat(shell("no-such-program-anywhere")).isInstanceOf(NotRun.class);
        assertThat(shell("/etc/hostname")).isInstanceOf(NotRun.class);
    }

    @Test
    void tellsTheProgramWhomItAsksForAndNothingElseOfItsOwnEnvironment() throws Exception {
        var check = new Check.Command(
                Samples.QUICK, List.of("/bin/sh", "-c", "env | sort | tr '\\n' ' '; exit 1"), Map.of("LIMIT", "5"));
        assertThat(prober.probe(RS, check).text())
                .startsWith("exit 1: DIRECTOR_RIP=127.0.0.11 DIRECTOR_RPORT=8080 DIRECTOR_SERVICE=shop"
                        + " DIRECTOR_VIP=192.0.2.10 DIRECTOR_VPORT=80 LIMIT=5 ")
                .contains("PATH=")
                .doesNotContain("HOME=", "JAVA");
    }

    @Test
    void passesWordsAsTheyAre() throws Exception {
        assertThat(prober.probe(RS, Samples.command("/bin/sh", "-c", "echo \"$1\"; exit 1", "x", "$(date); * \"")))
                .isEqualTo(new Refused("exit 1: $(date); * \""));
    }

    @Test
    void givesTheProgramAnEmptyInput() throws Exception {
        assertThat(shell("cat; exit 1")).isEqualTo(new Refused("exit 1"));
    }

    @Test
    void letsNoProgramWaitForAReader() throws Exception {
        assertThat(shell("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; exit 0"))
                .isInstanceOf(Passed.class);
    }

    @Test
    void endsTheProgramWithItsChildrenAtTheTimeout(@TempDir Path folder) throws Exception {
        Path pids = folder.resolve("pids");
        var result = hasty("echo waiting; sleep 1001 & echo $! >>" + pids + "; echo $$ >>" + pids
                + "; sh -c 'echo $$ >>" + pids + "; sleep 1002'; true", Duration.ofMillis(800));
        assertThat(result)
                .isEqualTo(new TimedOut(Duration.ofMillis(800), "/bin/sh, which said: waiting"));
        var all = Processes.awaitPids(pids, 3);
        for (long pid : all) {
            Processes.awaitEnd(pid);
        }
        Processes.awaitReaped(all.get(1));
    }

    @Test
    void killsAProgramThatIgnoresSigterm(@TempDir Path folder) throws Exception {
        Path pids = folder.resolve("pids");
        assertThat(hasty("trap '' TERM; echo $$ >" + pids + "; while :; do sleep 0.1; done", Duration.ofMillis(800)))
                .isInstanceOf(TimedOut.class);
        Processes.awaitReaped(Processes.awaitPids(pids, 1).getFirst());
    }

    @Test
    void doesNotWaitForADaemonThatHoldsTheOutputOpen(@TempDir Path folder) throws Exception {
        Path pids = folder.resolve("pids");
        assertThat(shell("sleep 1003 & echo $! >" + pids + "; echo started; exit 4"))
                .isEqualTo(new Refused("exit 4: started"));
        long daemon = Processes.awaitPids(pids, 1).getFirst();
        ProcessHandle.of(daemon).ifPresent(ProcessHandle::destroyForcibly);
        Processes.awaitEnd(daemon);
    }

    @Test
    void killsAnAbandonedProgram(@TempDir Path folder) throws Exception {
        Path pids = folder.resolve("pids");
        var run = prober.make(RS, command("sleep 1004 & echo $! >" + pids + "; echo $$ >>" + pids + "; wait",
                        Duration.ofSeconds(PATIENCE_SECONDS))).run();
        var all = Processes.awaitPids(pids, 2);
        assertThat(run.cancel(false)).isTrue();
        for (long pid : all) {
            Processes.awaitEnd(pid);
        }
    }

    @Test
    void hasNotRunWhereTooManyProgramsRunAlready(@TempDir Path folder) throws Exception {
        Path pids = folder.resolve("pids");
        try (var programs = new Programs(1)) {
            Programs.ExitRule rule = (status, _, _) -> new Refused("exit " + status);
            var patience = Duration.ofSeconds(PATIENCE_SECONDS);
            var running = programs.run(new Programs.Call(
                    List.of("/bin/sh", "-c", "echo $$ >" + pids + "; exec sleep 1005"), Map.of(), patience, rule));
            Processes.awaitPids(pids, 1);
            var waiting = new Programs.Call(List.of("true"), Map.of(), Duration.ofMillis(50), rule);
            assertThat(programs.run(waiting).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isEqualTo(new NotRun("1 programs are running already"));
            running.cancel(false);
            var next = new Programs.Call(List.of("true"), Map.of(), patience, rule);
            assertThat(programs.run(next).get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(new Refused("exit 0"));
        }
    }

    private ProbeResult shell(String script) throws Exception {
        return prober.probe(RS, Samples.command("/bin/sh", "-c", script));
    }

    private ProbeResult hasty(String script, Duration timeout) throws Exception {
        return prober.probe(RS, command(script, timeout));
    }

    private static Check.Command command(String script, Duration timeout) {
        var schedule = new Check.Schedule(timeout.multipliedBy(2), timeout, 1, 1);
        return new Check.Command(schedule, List.of("/bin/sh", "-c", script), Map.of());
    }
}
