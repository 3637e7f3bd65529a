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
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpProbeTest {
    private static final Check TCP = new Check.Tcp(Samples.QUICK);

    private final Prober prober = new Prober();

    @AfterEach
    void close() {
        prober.close();
    }

    @Test
    void passesWhereAConnectionIsAccepted() throws Exception {
        try (var server = new LoopbackServer(LoopbackServer::hold)) {
            assertThat(prober.probe(server.endpoint(), TCP)).isInstanceOf(Passed.class);
        }
    }

    @Test
    void isRefusedByAClosedPort() throws Exception {
        assertThat(prober.probe(closedPort(), TCP)).isEqualTo(new Refused("Connection refused"));
    }

    @Test
    void timesOutWhereNobodyAnswersTheSyn() throws Exception {
        var fillers = new ArrayList<Socket>();
        try (var full = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            // A listen queue of length 1 holds 2 connections; the kernel drops further SYNs.
            for (int i = 0; i < 2; i++) {
                fillers.add(new Socket(full.getInetAddress(), full.getLocalPort()));
            }
            var result = prober.probe(Endpoint.of("127.0.0.1:" + full.getLocalPort()), new Check.Tcp(Prober.HASTY));
            assertThat(result).isEqualTo(new TimedOut(Prober.HASTY.timeout(), "the connection"));
        } finally {
            for (var socket : fillers) {
                socket.close();
            }
        }
    }

    /// A broadcast address: connect(2) fails at once with ENETUNREACH, as where no route leads to the server.
    @Test
    void hasNotRunWhereTheKernelHasNoRoute() throws Exception {
        assertThat(prober.probe(Endpoint.of("255.255.255.255:80"), TCP))
                .isEqualTo(new NotRun("Network is unreachable"));
    }

    @Test
    void freesItsConnectionWhenAbandoned() throws Exception {
        var connected = new CountDownLatch(1);
        var closed = new CountDownLatch(1);
        try (var server = new LoopbackServer(socket -> {
            connected.countDown();
            LoopbackServer.hold(socket);
            closed.countDown();
        })) {
            var run = prober.make(server.endpoint(), Samples.http("/")).run();
            assertThat(connected.await(Prober.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(run.cancel(false)).isTrue();
            assertThat(closed.await(Prober.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void holdsNoResultBackForASlowNeighbour() throws Exception {
        try (var stuck = new LoopbackServer(LoopbackServer::hold);
                var well = new LoopbackServer(LoopbackServer::hold)) {
            var slow = new ArrayList<CompletableFuture<ProbeResult>>();
            for (int i = 0; i < 100; i++) {
                slow.add(prober.make(stuck.endpoint(), Samples.http("/")).run());
            }
            assertThat(prober.probe(well.endpoint(), TCP)).isInstanceOf(Passed.class);
            assertThat(slow).noneMatch(CompletableFuture::isDone);
            slow.forEach(run -> run.cancel(false));
        }
    }

    static Endpoint closedPort() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return Endpoint.of("127.0.0.1:" + socket.getLocalPort());
        }
    }
}
