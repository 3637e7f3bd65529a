package hadirector.health;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.health.Health.Status;
import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import hadirector.model.VirtualService;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RosterTest {
    private static final Endpoint RS1 = Endpoint.of("10.1.0.11:80");
    private static final Endpoint RS2 = Endpoint.of("10.1.0.12:80");
    private static final Check TCP = new Check.Tcp(Samples.QUICK);
    private static final ProbeKey TCP_RS1 = new ProbeKey(RS1, TCP, Optional.empty());
    private static final ProbeResult GOOD = new Passed(Duration.ofMillis(3));
    private static final ProbeResult BAD = new Refused("Connection refused");
    private static final ProbeResult UNABLE = new NotRun("Network is unreachable");

    private final Roster roster = new Roster();
    private Instant now = Instant.EPOCH;

    @Test
    void sharesOneProbeAmongServicesAndTellsEach() {
        var change = configure(Samples.service("shop", TCP, RS1, RS2), Samples.service("api", TCP, RS1));
        assertThat(change.started()).hasSize(2);
        assertThat(result(TCP_RS1, GOOD)).extracting(v -> v.target().toString())
                .containsExactly("shop/10.1.0.11:80", "api/10.1.0.11:80");
    }

    @Test
    void saysNothingOfAServerBeforeItsFirstResult() {
        assertThat(configure(Samples.service("shop", TCP, RS1)).verdicts()).isEmpty();
        assertThat(line(0).status()).isEqualTo(Status.UNKNOWN);
        assertThat(line(0).up()).isFalse();
        assertThat(result(TCP_RS1, UNABLE)).isEmpty();
        assertThat(line(0).status()).isEqualTo(Status.UNKNOWN);
    }

    @Test
    void countsAServerWithoutACheckAsUpAtOnce() {
        var change = configure(Samples.service("shop", Optional.empty(), RS1));
        assertThat(change.started()).isEmpty();
        assertThat(change.verdicts())
                .containsExactly(new Verdict(new Target("shop", RS1), true, "no check", now, Optional.empty()));
        assertThat(configure(Samples.service("shop", Optional.empty(), RS1)).verdicts()).isEmpty();
    }

    @Test
    void tellsOnlyChangesWithTheReasonThatDecided() {
        configure(Samples.service("shop", TCP, RS1));
        assertThat(result(TCP_RS1, GOOD))
                .containsExactly(new Verdict(
                        new Target("shop", RS1), true, "passed in 3.00 ms", now, Optional.of(Duration.ofMillis(3))));
        assertThat(result(TCP_RS1, GOOD)).isEmpty();
        assertThat(result(TCP_RS1, BAD)).isEmpty();
        assertThat(result(TCP_RS1, BAD)).isEmpty();
        assertThat(result(TCP_RS1, BAD))
                .containsExactly(new Verdict(
                        new Target("shop", RS1), false, "Connection refused", now, Optional.empty()));
    }

    @Test
    void keepsStateAndProbeThroughAnEqualConfiguration() {
        var shop = Samples.service("shop", TCP, RS1);
        configure(shop);
        result(TCP_RS1, GOOD);
        var since = line(0).since();
        result(TCP_RS1, BAD);
        var change = configure(shop, Samples.service("api", TCP, RS2));
        assertThat(change.started()).extracting(ProbeKey::realServer).containsExactly(RS2);
        assertThat(change.stopped()).isEmpty();
        assertThat(change.verdicts()).isEmpty();
        assertThat(line(0).since()).isEqualTo(since);
        assertThat(history(0).failed()).isEqualTo(1);
        assertThat(history(0).health().against()).isEqualTo(1);
    }

    @Test
    void tellsAServiceThatJoinsARunningProbeItsVerdictAtOnce() {
        configure(Samples.service("shop", TCP, RS1));
        result(TCP_RS1, GOOD);
        var change = configure(Samples.service("shop", TCP, RS1), Samples.service("api", TCP, RS1));
        assertThat(change.verdicts()).extracting(v -> v.target().service()).containsExactly("api");
    }

    @Test
    void carriesAServersStateOverToAChangedCheck() {
        configure(Samples.service("shop", TCP, RS1));
        result(TCP_RS1, GOOD);
        var http = Samples.http("/health");
        var change = configure(Samples.service("shop", http, RS1));
        var key = new ProbeKey(RS1, http, Optional.empty());
        assertThat(change.stopped()).containsExactly(TCP_RS1);
        assertThat(change.started()).containsExactly(key);
        assertThat(change.verdicts()).isEmpty();
        assertThat(line(0).up()).isTrue();
        assertThat(result(key, BAD)).isEmpty();
        assertThat(result(key, BAD)).isEmpty();
        assertThat(result(key, BAD)).extracting(Verdict::up).containsExactly(false);
    }

    @Test
    void bringsADownServerUpWhenItsCheckIsRemoved() {
        configure(Samples.service("shop", TCP, RS1));
        result(TCP_RS1, BAD);
        var change = configure(Samples.service("shop", Optional.empty(), RS1));
        assertThat(change.verdicts()).extracting(Verdict::up).containsExactly(true);
        assertThat(change.stopped()).containsExactly(TCP_RS1);
    }

    @Test
    void forgetsARemovedServer() {
        configure(Samples.service("shop", TCP, RS1));
        result(TCP_RS1, GOOD);
        assertThat(configure().stopped()).containsExactly(TCP_RS1);
        assertThat(result(TCP_RS1, BAD)).isEmpty();
        assertThat(roster.snapshot(Map.of())).isEmpty();
        configure(Samples.service("shop", TCP, RS1));
        assertThat(line(0).status()).isEqualTo(Status.UNKNOWN);
    }

    @Test
    void neverLetsAProbeThatCannotRunMoveAVerdict() {
        configure(Samples.service("shop", TCP, RS1));
        result(TCP_RS1, GOOD);
        for (int i = 0; i < 100; i++) {
            assertThat(result(TCP_RS1, UNABLE)).isEmpty();
        }
        assertThat(line(0).up()).isTrue();
        assertThat(history(0).notRun()).isEqualTo(100);
        assertThat(history(0).failed()).isZero();
        assertThat(history(0).lastBad().orElseThrow().result()).isEqualTo(UNABLE);
    }

    @Test
    void showsTheLastErrorAfterTheServerHasRecovered() {
        configure(Samples.service("shop", TCP, RS1));
        result(TCP_RS1, BAD);
        var failedAt = now;
        result(TCP_RS1, GOOD);
        result(TCP_RS1, GOOD);
        assertThat(line(0).up()).isTrue();
        assertThat(history(0).last().orElseThrow().result()).isEqualTo(GOOD);
        assertThat(history(0).lastBad()).contains(new ProbeHistory.Dated(BAD, failedAt));
        assertThat(history(0).latency()).contains(Duration.ofMillis(3));
    }

    @Test
    void runsACommandPerServiceAndAPingPerAddress() {
        var command = Samples.command("/bin/true");
        assertThat(configure(Samples.service("shop", command, RS1), Samples.service("api", command, RS1)).started())
                .extracting(ProbeKey::toString)
                .containsExactly("command 10.1.0.11:80 for shop", "command 10.1.0.11:80 for api");
        var ping = new Check.Ping(Samples.QUICK);
        var otherPort = Endpoint.of("10.1.0.11:443");
        assertThat(configure(Samples.service("shop", ping, RS1, otherPort)).started())
                .extracting(ProbeKey::toString)
                .containsExactly("ping 10.1.0.11");
    }

    private Roster.Change configure(VirtualService... services) {
        now = now.plusSeconds(1);
        return roster.configure(List.of(services), now);
    }

    private List<Verdict> result(ProbeKey key, ProbeResult result) {
        now = now.plusSeconds(1);
        return roster.result(key, result, now);
    }

    private TargetHealth line(int index) {
        return roster.snapshot(Map.of()).get(index);
    }

    private ProbeHistory history(int index) {
        return line(index).probe().orElseThrow().history();
    }
}
