package hadirector.sync;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.keys.KeyFolder;
import hadirector.keys.KeyFolder.Task;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.LabProcess;
import hadirector.lab.NetLab;
import hadirector.lab.Nic;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two real processes on two cluster networks, encrypted; lb1 changes its table without end, lb2 copies it.
@Lab
class LinksLabTest {
    private static final Duration BOUND = Duration.ofSeconds(60);
    private static final String VIEW = " view number=";

    @TempDir private Path keys = Path.of("");

    private final NetLab lab = new NetLab();
    private final List<Host> hosts = new ArrayList<>();
    private final List<List<Nic>> nics = new ArrayList<>();
    private final List<LabProcess> directors = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        var _ = new KeyFolder(keys, "lab", Duration.ofDays(90), Instant.now()).run(Task.COMPLETE, List.of("lb1", "lb2"));
        var networks = List.of(lab.segment("ha0"), lab.segment("ha1"));
        for (int i = 1; i <= 2; i++) {
            var host = lab.host("lb" + i);
            hosts.add(host);
            nics.add(List.of(
                    host.nic("eth0", networks.get(0), "10.66.0." + i + "/24"),
                    host.nic("eth1", networks.get(1), "10.67.0." + i + "/24")));
        }
        for (var host : hosts) {
            directors.add(startDirector(host));
        }
        copy().awaitOutput("verified=1 wrong=0.", BOUND);
        for (var director : directors) {
            awaitLink(director, 0, 2, 0);
            awaitLink(director, 1, 2, 0);
        }
    }

    private LabProcess startDirector(Host host) throws InterruptedException {
        var options = List.of("-Dreplica.detection=600", "-Dreplica.keys=" + keys);
        return host.startJava(
                        options,
                        Replica.class,
                        host.name(),
                        "lb1",
                        "lb1=10.66.0.1:7800+10.67.0.1:7800",
                        "lb2=10.66.0.2:7800+10.67.0.2:7800")
                .awaitOutput("joined", BOUND);
    }

    private LabProcess copy() {
        return directors.getLast();
    }

    /// Waits until what a director says of one link, after `from` characters, ends with a view of so many members.
    private static void awaitLink(LabProcess director, int link, int members, int from) throws InterruptedException {
        String what = "link=10.6" + (6 + link) + ".0.";
        long deadline = System.nanoTime() + BOUND.toNanos();
        while (true) {
            String last = director.output().substring(from).lines().filter(line -> line.contains(what)).reduce("", (_, b) -> b);
            if (!last.isEmpty() && last.substring(last.indexOf("members=")).split(",").length == members) {
                return;
            }
            assertThat(System.nanoTime() - deadline).as("link %d of %d members: %s", link, members, director.output()).isNegative();
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static long views(LabProcess director) {
        return director.output().lines().filter(line -> line.contains(VIEW)).count();
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void oneLinkLostChangesNothingWhicheverItIs() throws Exception {
        var before = directors.stream().map(LinksLabTest::views).toList();
        for (int link : new int[] {0, 1, 0}) {
            int from = copy().output().length();
            int fromOne = directors.getFirst().output().length();
            nics.getLast().get(link).unplug();
            awaitLink(copy(), link, 1, from);
            awaitLink(directors.getFirst(), link, 1, fromOne);
            from = copy().output().length();
            fromOne = directors.getFirst().output().length();
            nics.getLast().get(link).plug();
            awaitLink(copy(), link, 2, from);
            awaitLink(directors.getFirst(), link, 2, fromOne);
        }
        assertThat(directors.stream().map(LinksLabTest::views)).isEqualTo(before);
        assertThat(copy().output()).doesNotContain("verified=2"); // No stream began anew: nothing was lost on the way.
    }

    @Test
    void bothLostIsGoneAndEitherOneHeals() throws Exception {
        for (int first : new int[] {0, 1}) {
            var said = directors.stream().map(director -> director.output().length()).toList();
            nics.getLast().forEach(Nic::unplug);
            for (int i = 0; i < 2; i++) {
                awaitView(directors.get(i), said.get(i), "members=[lb" + (i + 1) + "]");
            }
            said = directors.stream().map(director -> director.output().length()).toList();
            nics.getLast().get(first).plug();
            for (int i = 0; i < 2; i++) {
                awaitView(directors.get(i), said.get(i), "merged=true");
            }
            nics.getLast().get(1 - first).plug();
            for (int i = 0; i < 2; i++) {
                awaitLink(directors.get(i), 1 - first, 2, said.get(i));
            }
        }
        copy().awaitOutput("verified=3 wrong=0.", BOUND);
    }

    private static void awaitView(LabProcess director, int from, String what) throws InterruptedException {
        long deadline = System.nanoTime() + BOUND.toNanos();
        while (director.output().substring(from).lines().noneMatch(line -> line.contains(VIEW) && line.contains(what))) {
            assertThat(System.nanoTime() - deadline).as("%s: %s", what, director.output()).isNegative();
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void aKilledDirectorIsGoneAndItsNewStartIsAnother() throws Exception {
        copy().kill();
        directors.getFirst().awaitOutput("members=[lb1] merged=false", BOUND);
        startDirector(hosts.getLast()).awaitOutput("verified=1 wrong=0.", BOUND);
    }
}
