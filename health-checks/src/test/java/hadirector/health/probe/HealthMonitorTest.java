package hadirector.health.probe;

import static hadirector.health.probe.LoopbackServer.saying;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.health.Health.Status;
import hadirector.health.HealthListener;
import hadirector.health.ProbeHistory;
import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.health.Samples;
import hadirector.health.Target;
import hadirector.health.TargetHealth;
import hadirector.health.Verdict;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import hadirector.model.VirtualService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ServerSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthMonitorTest {
    private static final String GOOD = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final String BAD = "HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\n\r\n";
    private static final Check.Schedule RARE =
            new Check.Schedule(Duration.ofHours(1), Duration.ofSeconds(30), 2, 3);

    private record Result(Target target, ProbeResult result) {}

    private final BlockingQueue<Verdict> verdicts = new LinkedBlockingQueue<>();
    private final BlockingQueue<Result> results = new LinkedBlockingQueue<>();
    private final HealthMonitor monitor = new HealthMonitor(new HealthListener() {
        @Override
        public void verdict(Verdict verdict) {
            verdicts.add(verdict);
        }

        @Override
        public void probed(Target target, Check check, ProbeResult result, Duration took) {
            results.add(new Result(target, result));
        }
    });
    private volatile String answer = GOOD;

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void takesAServerOutAfterFallBadProbesAndBackAfterRiseGoodOnes() throws Exception {
        try (var server = new LoopbackServer(socket -> saying(answer).play(socket))) {
            configure(Samples.service("shop", Samples.http("/"), server.endpoint()));
            assertThat(nextVerdict().up()).isTrue();
            answer = BAD;
            var down = nextVerdict();
            assertThat(down.up()).isFalse();
            assertThat(down.reason()).isEqualTo("HTTP 503 Sorry, wanted 200-399");
            answer = GOOD;
            assertThat(nextVerdict().up()).isTrue();
            assertThat(kindsUpToTheSecondRise()).matches("P+RRR+PP");
        }
    }

    /// Results as letters, up to the verdict that brought the server back.
    private String kindsUpToTheSecondRise() {
        var kinds = new StringBuilder();
        for (var result : new ArrayList<>(results)) {
            kinds.append(result.result().getClass().getSimpleName().charAt(0));
        }
        return kinds.substring(0, kinds.lastIndexOf("R") + 3);
    }

    @Test
    void noticesAServerThatDiesAndOneThatIsStartedAgain() throws Exception {
        var first = new LoopbackServer(saying(GOOD));
        var endpoint = first.endpoint();
        try (first) {
            configure(Samples.service("shop", new Check.Tcp(Samples.QUICK), endpoint));
            assertThat(nextVerdict().up()).isTrue();
        }
        assertThat(nextVerdict().up()).isFalse();
        try (var _ = new LoopbackServer(ServerSocketFactory.getDefault(), endpoint.port(), saying(GOOD))) {
            assertThat(nextVerdict().up()).isTrue();
        }
    }

    @Test
    void probesOnceForAllServicesThatAskTheSame() throws Exception {
        try (var server = new LoopbackServer(saying(GOOD))) {
            var services = IntStream.range(0, 20)
                    .mapToObj(i -> Samples.service("s" + i, Samples.http("/"), server.endpoint()))
                    .toArray(VirtualService[]::new);
            configure(services);
            for (int i = 0; i < 20 * 5; i++) {
                nextResult();
            }
            monitor.configure(List.of());
            int rounds = 5 + (results.size() + 19) / 20;
            assertThat(server.accepted()).isBetween(5, rounds + 1);
            assertThat(verdicts).extracting(v -> v.target().service()).hasSize(20).doesNotHaveDuplicates();
        }
    }

    @Test
    void goesOnWithAnEqualProbeThroughAReload() throws Exception {
        try (var server = new LoopbackServer(saying(GOOD))) {
            var shop = Samples.service("shop", new Check.Tcp(RARE), server.endpoint());
            configure(shop);
            nextVerdict();
            var before = line(0);
            configure(Samples.service("api", Optional.empty(), server.endpoint()), shop);
            assertThat(nextVerdict().target().service()).isEqualTo("api");
            assertThat(monitor.snapshot().get(1)).isEqualTo(before);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void stopsProbingWhatIsRemoved() throws Exception {
        try (var removed = new LoopbackServer(saying(GOOD));
                var kept = new LoopbackServer(saying(GOOD))) {
            var check = new Check.Tcp(Samples.QUICK);
            configure(Samples.service("shop", check, removed.endpoint(), kept.endpoint()));
            nextVerdict();
            nextVerdict();
            configure(Samples.service("shop", check, kept.endpoint()));
            results.clear();
            int before = removed.accepted();
            for (int i = 0; i < 10; i++) {
                assertThat(nextResult().target().realServer()).isEqualTo(kept.endpoint());
            }
            assertThat(removed.accepted()).isLessThanOrEqualTo(before + 1);
        }
    }

    @Test
    void neverMovesAVerdictWhileAProbeCannotRun(@TempDir Path folder) throws Exception {
        Path script = folder.resolve("check");
        Files.writeString(script, "#!/bin/sh\nexit 0\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        configure(Samples.service("shop", Samples.command(script.toString()), Endpoint.of("127.0.0.1:80")));
        assertThat(nextVerdict().up()).isTrue();
        Files.delete(script);
        for (int unable = 0; unable < 5; ) {
            unable += nextResult().result() instanceof NotRun ? 1 : 0;
        }
        assertThat(monitor.snapshot().getFirst().up()).isTrue();
        assertThat(verdicts).isEmpty();
    }

    @Test
    void showsWhatItKnowsAndWhenItLooksAgain() throws Exception {
        var closed = TcpProbeTest.closedPort();
        configure(
                Samples.service("shop", new Check.Tcp(RARE), closed),
                Samples.service("free", Optional.empty(), closed));
        assertThat(nextVerdict().target().service()).isEqualTo("free");
        assertThat(nextVerdict().up()).isFalse();
        var line = line(0);
        assertThat(line.status()).isEqualTo(Status.DOWN);
        var history = line.probe().orElseThrow().history();
        assertThat(history.failed()).isEqualTo(1);
        assertThat(history.last().map(ProbeHistory.Dated::result)).contains(new Refused("Connection refused"));
        assertThat(line.nextRun().orElseThrow()).isAfter(line.since());
        assertThat(monitor.snapshot().get(1).up()).isTrue();
    }

    @Test
    void probesAtOnceWhenTold() throws Exception {
        try (var server = new LoopbackServer(socket -> saying(answer).play(socket))) {
            var check = new Check.Http(RARE, false, "/", Optional.empty(), List.of(), Optional.empty());
            configure(
                    Samples.service("shop", check, server.endpoint()),
                    Samples.service("free", Optional.empty(), server.endpoint()));
            nextVerdict();
            nextVerdict();
            var shop = new Target("shop", server.endpoint());
            assertThat(checkNow(shop)).isInstanceOf(Passed.class);
            answer = BAD;
            for (int i = 0; i < 3; i++) {
                assertThat(checkNow(shop)).isInstanceOf(Refused.class);
            }
            assertThat(nextVerdict().up()).isFalse();
            assertThat(line(0).probe().orElseThrow().history().failed()).isEqualTo(3);
            assertThat(checkNow(new Target("free", server.endpoint()))).isInstanceOf(NotRun.class);
            assertThat(checkNow(new Target("nobody", server.endpoint()))).isInstanceOf(NotRun.class);
        }
    }

    @Test
    void letsStuckChecksDelayNobodyAndSpendsNoThreadOnThem() throws Exception {
        int before = platformThreads();
        try (var stuck = new LoopbackServer(LoopbackServer::hold);
                var well = new LoopbackServer(saying(GOOD))) {
            var services = new ArrayList<VirtualService>();
            for (int i = 0; i < 1000; i++) {
                services.add(Samples.service("stuck" + i, http(RARE, "/" + i), stuck.endpoint()));
            }
            monitor.configure(services);
            services.add(Samples.service("shop", Samples.http("/"), well.endpoint()));
            monitor.configure(services);
            assertThat(nextVerdict().target().service()).isEqualTo("shop");
            for (int i = 0; i < 10; i++) {
                assertThat(nextResult().result()).isInstanceOf(Passed.class);
            }
            assertThat(platformThreads() - before).isLessThan(20);
        }
    }

    @Test
    void survivesAListenerThatThrowsAndOneThatAsksBack() throws Exception {
        var seen = new LinkedBlockingQueue<List<TargetHealth>>();
        var self = new LinkedBlockingQueue<HealthMonitor>();
        try (var server = new LoopbackServer(saying(GOOD));
                var other = new HealthMonitor(verdict -> {
                    seen.add(self.element().snapshot());
                    throw new IllegalStateException("expected by the test, verdict on " + verdict.target());
                })) {
            self.add(other);
            other.configure(List.of(Samples.service("free", Optional.empty(), server.endpoint())));
            assertThat(seen.poll(Prober.PATIENCE_SECONDS, TimeUnit.SECONDS)).hasSize(1);
            other.configure(List.of(Samples.service("shop", Samples.http("/"), server.endpoint())));
            assertThat(seen.poll(Prober.PATIENCE_SECONDS, TimeUnit.SECONDS)).hasSize(1);
        }
    }

    @Test
    void refusesWorkOnceClosed() {
        monitor.close();
        assertThatThrownBy(monitor::snapshot).isInstanceOf(RejectedExecutionException.class);
        monitor.close();
    }

    private void configure(VirtualService... services) {
        monitor.configure(List.of(services));
    }

    private static Check.Http http(Check.Schedule schedule, String path) {
        return new Check.Http(schedule, false, path, Optional.empty(), List.of(), Optional.empty());
    }

    private ProbeResult checkNow(Target target) throws Exception {
        return monitor.checkNow(target).get(Prober.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private Verdict nextVerdict() throws InterruptedException {
        var verdict = verdicts.poll(Prober.PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (verdict == null) {
            throw new AssertionError("no verdict in time");
        }
        return verdict;
    }

    private Result nextResult() throws InterruptedException {
        var result = results.poll(Prober.PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (result == null) {
            throw new AssertionError("no result in time");
        }
        return result;
    }

    private TargetHealth line(int index) {
        return monitor.snapshot().get(index);
    }

    private static int platformThreads() {
        return Thread.getAllStackTraces().size();
    }
}
