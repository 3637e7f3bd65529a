package hadirector.sync;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.LabProcess;
import hadirector.lab.NetLab;
import hadirector.lab.Nic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Three real processes, each in a namespace of its own; lb1 holds the group.
@Lab
class ReplicationLabTest {
    private static final Duration BOUND = Duration.ofSeconds(60);
    private static final int DIRECTORS = 3;

    private final NetLab lab = new NetLab();
    private final List<Host> hosts = new ArrayList<>();
    private final List<Nic> nics = new ArrayList<>();
    private final List<LabProcess> directors = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        var lan = lab.segment("cluster");
        for (int i = 1; i <= DIRECTORS; i++) {
            var host = lab.host("lb" + i);
            hosts.add(host);
            nics.add(host.nic("eth0", lan, "10.66.0." + i + "/24"));
        }
        for (var host : hosts) {
            directors.add(startDirector(host));
        }
        for (var copy : directors.subList(1, DIRECTORS)) {
            copy.awaitOutput("verified=1 wrong=0.", BOUND);
        }
    }

    private static LabProcess startDirector(Host host) throws InterruptedException {
        return host.startJava(
                        Replica.class, host.name(), "lb1", "lb1=10.66.0.1:7800", "lb2=10.66.0.2:7800", "lb3=10.66.0.3:7800")
                .awaitOutput("joined", BOUND);
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void aKilledDirectorLeavesTheViewAndIsCompleteAgainWhenItComesBack() throws Exception {
        long start = System.nanoTime();
        directors.get(1).kill();
        directors.getFirst().awaitOutput("members=[lb1, lb3] merged=false", BOUND);
        System.out.printf("kill -9 to view: %d ms%n", (System.nanoTime() - start) / 1_000_000);
        startDirector(hosts.get(1)).awaitOutput("verified=1 wrong=0.", BOUND);
        directors.getFirst().awaitOutput("members=[lb1, lb3, lb2] merged=false", BOUND);
    }

    @Test
    void aDirectorThatWasCutOffMergesAndIsCompleteAgain() throws Exception {
        nics.get(2).unplug();
        directors.getFirst().awaitOutput("members=[lb1, lb2] merged=false", BOUND);
        directors.get(2).awaitOutput("members=[lb3] merged=false", BOUND);
        nics.get(2).plug();
        directors.getFirst().awaitOutput("merged=true", BOUND);
        directors.get(2).awaitOutput("merged=true", BOUND).awaitOutput("verified=2 wrong=0.", BOUND);
    }

    @Test
    void aFrozenDirectorDoesNotMakeTheOthersDoubtEachOther() throws Exception {
        directors.get(1).signal("STOP");
        directors.getFirst().awaitOutput("members=[lb1, lb3] merged=false", BOUND);
        directors.get(1).signal("CONT");
        directors.get(1).awaitOutput("merged=true", BOUND).awaitOutput("verified=2 wrong=0.", BOUND);
        assertThat(directors.get(2).output()).doesNotContain("members=[lb3]").doesNotContain("members=[lb3, ");
    }
}
