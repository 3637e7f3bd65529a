package hadirector.pair;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.StatusReport;
import hadirector.lab.Lab;
import hadirector.lab.Nic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a group's `track` says moves it, with real processes: an uplink that none of the group's addresses is on, and a script that fails on
/// the directors that a file names.
@Lab
class TrackLabTest {
    /// Nothing but a track is to move the group: no pause of a busy machine either.
    private static final String PATIENT = "detection = 2s";

    private static final Duration GAP_MAX = Duration.ofSeconds(5);
    private static final Duration REST_MIN = Duration.ofSeconds(9);

    private final DirectorPair pair = new DirectorPair(1);
    private final List<Nic> uplinks = new ArrayList<>();

    @BeforeEach
    void cable() {
        var segment = pair.lab.segment("up");
        for (int i = 1; i <= 2; i++) {
            uplinks.add(pair.host("lb" + i).nic("eth3", segment, "10.7.0.%d/24".formatted(i)));
        }
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private void start(String group, String script) throws Exception {
        fail();
        var check = pair.configFile().resolveSibling("check");
        Files.writeString(check, "#!/bin/sh\n! ip -4 -br addr | grep -Ff " + failing() + "\n");
        Files.setPosixFilePermissions(check, PosixFilePermissions.fromString("rwxr-xr-x"));
        pair.cluster(PATIENT).config(
                        """
                        %s
                        track {
                          interfaces = ["eth3"]
                          scripts { uplink { command = "%s", interval = 200ms, timeout = 5s, rise = 2, fall = 2 %s } }
                        }
                        """.formatted(group, check, script),
                        pair.service("shop", "tcp", 80))
                .startBoth();
    }

    private Path failing() {
        return pair.configFile().resolveSibling("failing");
    }

    /// Has the script fail on these directors, and on no other.
    private void fail(String... directors) throws IOException {
        Files.write(failing(), Arrays.stream(directors).map(name -> name.replace("lb", "10.7.0.") + "/24").toList());
    }

    private StatusReport.Group group(String director) {
        return requireNonNull(pair.status(director)).groups().getFirst();
    }

    private void awaitUnfit(String director, String why) throws InterruptedException {
        pair.await(director + " says why", () -> Objects.toString(group(director).unfit(), "").contains(why));
    }

    @Test
    void whatFailsMovesTheGroupOnceAndCostsNoConnection() throws Exception {
        start("", "");
        try (var clients = pair.pingPong(10)) {
            fail("lb1");
            pair.awaitHolder("lb2", "lb2");
            awaitUnfit("lb1", "script uplink fails: exit 1: eth3");
            fail();
            staysThrough(clients, "lb2");

            uplinks.getLast().unplug();
            pair.awaitHolder("lb1", "lb1");
            awaitUnfit("lb2", "eth3");
            uplinks.getLast().plug();
            staysThrough(clients, "lb1");

            assertThat(clients.failures()).isEmpty();
            assertThat(clients.longest()).isLessThan(GAP_MAX);
        }
    }

    /// Both are fit again, and nothing moves the group back.
    private void staysThrough(PingPong clients, String holder) throws InterruptedException {
        var since = group(holder).since();
        pair.awaitSettled(holder);
        clients.awaitAnswers(500);
        assertThat(group(holder).since()).isEqualTo(since);
        assertThat(group(holder).holder()).isEqualTo(holder);
    }

    @Test
    void aWeightMovesTheGroupThereAndBackUntilItHasFlapped() throws Exception {
        start("preempt = true", ", weight = -60");
        String holder = "lb1";
        while (takings(holder) < 3) {
            String other = other(holder);
            favour(other);
            pair.awaitHolder(other, other);
            pair.awaitSettled(other); // As a weight makes nobody unfit.
            holder = other;
        }
        var taken = group(holder).since();
        String next = other(holder);
        favour(next);
        pair.awaitHolder(next, next);
        assertThat(Duration.between(taken, group(next).since())).as("the rest of whoever took it three times").isGreaterThan(REST_MIN);
    }

    private long takings(String director) {
        return pair.log(director).lines().filter(line -> line.contains("event=active")).count();
    }

    private void favour(String director) throws IOException {
        if (director.equals("lb1")) {
            fail();
        } else {
            fail("lb1");
        }
    }

    private static String other(String director) {
        return director.equals("lb1") ? "lb2" : "lb1";
    }
}
