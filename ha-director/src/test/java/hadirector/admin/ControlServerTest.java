package hadirector.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.admin.StatusReport.Traffic;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ControlServerTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final ControlServer.Limits LIMITS =
            new ControlServer.Limits(4, 1000, LONG, Duration.ofMillis(1));

    @TempDir private Path directory = Path.of("");
    private final List<AutoCloseable> open = new ArrayList<>();
    private Path socket = Path.of("");

    @BeforeEach
    void place() {
        socket = directory.resolve("run").resolve("admin.sock");
    }

    @AfterEach
    void close() throws Exception {
        for (var each : open.reversed()) {
            each.close();
        }
    }

    @Test
    void makesItsDirectoryAndASocketForOwnerAndGroup() throws Exception {
        start(FakeDirector.idle());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-rw----");
        try (var files = Files.list(socket.resolveSibling(""))) {
            assertThat(files).containsExactly(socket);
        }
    }

    @Test
    void removesItsSocketAtTheEnd() throws Exception {
        start(FakeDirector.idle()).close();
        assertThat(socket).doesNotExist();
    }

    @Test
    void replacesTheSocketOfADirectorThatDied() throws Exception {
        Files.createDirectories(directory.resolve("run"));
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket)).close();
        assertThat(socket).exists();
        start(FakeDirector.idle());
        assertThat(ask(new Request.Version())).isInstanceOf(Reply.Version.class);
    }

    @Test
    void leavesADirectorThatLivesAlone() throws Exception {
        start(FakeDirector.idle());
        assertThatThrownBy(() -> start(FakeDirector.idle()))
                .hasMessage("another director runs: it answers on the admin-socket " + socket);
        assertThat(ask(new Request.Version())).isInstanceOf(Reply.Version.class);
    }

    @Test
    void neverReplacesAFileThatIsNoSocket() throws Exception {
        Files.createDirectories(directory.resolve("run"));
        Files.writeString(socket, "precious");
        assertThatThrownBy(() -> start(FakeDirector.idle()))
                .hasMessageEndingWith("exists and is not a socket");
        assertThat(socket).hasContent("precious");
    }

    @Test
    void saysThatThePathIsTooLong() {
        socket = directory.resolve("x".repeat(120));
        assertThatThrownBy(() -> start(FakeDirector.idle()))
                .hasMessageContaining("too long");
    }

    @Test
    void carriesTheWholeReport() throws Exception {
        var report = FakeDirector.sample(new Traffic(1, 2, 3, 4, 5));
        start(FakeDirector.reporting(() -> report));
        assertThat(ask(new Request.Status())).isEqualTo(new Reply.Status(report));
    }

    @Test
    void ordersTheDirectorByNames() throws Exception {
        var director = FakeDirector.answering(_ -> new Answer.Done("done", 7));
        start(director);
        var done = new Reply.Result(new Answer.Done("done", 7));
        assertThat(ask(new Request.Failover("web", Optional.of("lb2"), false))).isEqualTo(done);
        assertThat(ask(new Request.Drain("shop", "10.1.0.11", Optional.empty()))).isEqualTo(done);
        assertThat(ask(new Request.Enable("shop", "10.1.0.12:80"))).isEqualTo(done);
        assertThat(ask(new Request.Reload(true))).isEqualTo(done);
        assertThat(director.asked())
                .containsExactly(
                        "failover web lb2", "drain shop 10.1.0.11:80", "enable shop 10.1.0.12:80", "reload true");
    }

    @Test
    void tellsWhichNameIsUnknownAndAsksNothing() throws Exception {
        var director = FakeDirector.answering(_ -> new Answer.Done("done", 7));
        start(director);
        assertThat(ask(new Request.Failover("wbe", Optional.empty(), false)))
                .isEqualTo(new Reply.Rejected("unknown group 'wbe'; there are dns, web"));
        assertThat(ask(new Request.Enable("shops", "10.1.0.11")))
                .isEqualTo(new Reply.Rejected("unknown service 'shops'; did you mean 'shop'?"));
        assertThat(ask(new Request.Enable("shop", "10.1.0.99")))
                .isEqualTo(new Reply.Rejected(
                        "unknown realserver '10.1.0.99'; there are 10.1.0.11:80, 10.1.0.12:80, 10.1.0.13:80"
                                + " in service shop"));
        assertThat(director.asked()).isEmpty();
    }

    @Test
    void listsTheConnectionsThatAreWanted() throws Exception {
        start(FakeDirector.idle());
        assertThat(clients(Optional.empty(), Optional.empty()))
                .containsExactly("192.0.2.7:51234", "192.0.2.8:4000", "192.0.2.7:4000");
        assertThat(clients(Optional.of("shop"), Optional.empty()))
                .containsExactly("192.0.2.7:51234", "192.0.2.8:4000");
        assertThat(clients(Optional.of("names"), Optional.of("192.0.2.7"))).containsExactly("192.0.2.7:4000");
    }

    private List<String> clients(Optional<String> service, Optional<String> client) throws Exception {
        var reply = ask(new Request.Connections(service, Optional.empty(), client, 10));
        assertThat(reply).isInstanceOf(Reply.Connections.class);
        return ((Reply.Connections) reply).connections().stream().map(Reply.Connection::client).toList();
    }

    @Test
    void showsADrainUntilNoConnectionIsLeft() throws Exception {
        var left = new AtomicInteger(10);
        start(FakeDirector.reporting(() -> withConnections(left.getAndUpdate(n -> Math.max(0, n - 1)))));
        var progress = new CopyOnWriteArrayList<Long>();
        var reply =
                new ControlClient(socket, LONG)
                        .ask(
                                new Request.Drain("shop", "10.1.0.11", Optional.of(LONG)),
                                step -> progress.add(step.connections()));
        assertThat(progress).isNotEmpty().isSortedAccordingTo((a, b) -> Long.compare(b, a));
        assertThat(reply).isInstanceOf(Reply.Result.class);
        assertThat(((Reply.Result) reply).answer())
                .isInstanceOfSatisfying(
                        Answer.Done.class,
                        done -> assertThat(done.what()).isEqualTo("10.1.0.11:80 is drained: no connection is left"));
    }

    @Test
    void aDrainThatDoesNotEndInTimeSaysWhatIsLeft() throws Exception {
        start(FakeDirector.reporting(() -> withConnections(3)));
        var reply = ask(new Request.Drain("shop", "10.1.0.11", Optional.of(Duration.ofMillis(20))));
        assertThat(reply.toLine()).contains("\"outcome\":\"failed\"", "3 connections are left after");
    }

    /// Beside them are five that have ended and wait for their timeout, which a drain does not count.
    private static StatusReport withConnections(long active) {
        var report = FakeDirector.sample();
        var shop = report.services().getFirst();
        var s = shop.servers().getFirst();
        var server =
                new StatusReport.Server(
                        s.endpoint(), s.method(), false, 0, 1, true, s.verdict(), null, null, active, 5, 5,
                        s.totals(), s.rates());
        return new StatusReport(
                report.director(), report.build(), report.started(), report.engine(), report.cluster(),
                report.groups(), report.peers(),
                List.of(new StatusReport.Service("shop", "web", "tcp", shop.vip(), "wlc", 0, false, List.of(server))),
                report.ipvs());
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\n", "{\"command\"\n", "{\"command\":\"explode\"}\n", "\0\1\2\n", "[]"})
    void answersNonsenseWithAnErrorAndGoesOn(String nonsense) throws Exception {
        var server = start(FakeDirector.idle());
        assertThat(raw(nonsense)).startsWith("{\"type\":\"rejected\",\"why\":").endsWith("\"version\":1}\n");
        assertThat(server.counts()).isEqualTo(new ControlServer.Counts(1, 1, 0, 0));
        assertThat(ask(new Request.Version())).isInstanceOf(Reply.Version.class);
    }

    @Test
    void refusesARequestThatIsTooLong() throws Exception {
        start(FakeDirector.idle());
        assertThat(raw("x".repeat(5000))).contains("a request has at most 1000 bytes");
    }

    @Test
    void survivesADirectorThatThrows() throws Exception {
        var server = start(FakeDirector.answering(_ -> {
            throw new IllegalStateException("a bug");
        }));
        assertThat(ask(new Request.Reload(false)).toLine()).contains("a fault inside the director", "a bug");
        assertThat(server.counts().failed()).isEqualTo(1);
        assertThat(ask(new Request.Version())).isInstanceOf(Reply.Version.class);
    }

    @Test
    void cutsOffAClientThatSaysNothing() throws Exception {
        var server =
                start(
                        FakeDirector.idle(),
                        new ControlServer.Limits(4, 1000, Duration.ofSeconds(1), Duration.ofMillis(1)));
        try (var silent = connect()) {
            assertThat(silent.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        assertThat(ask(new Request.Version())).isInstanceOf(Reply.Version.class);
        assertThat(server.counts().requests()).isEqualTo(1);
    }

    @Test
    void servesTwoClientsAtOnceAndTurnsTheOneTooManyAway() throws Exception {
        var arrived = new CountDownLatch(2);
        var leave = new CountDownLatch(1);
        var server =
                start(
                        FakeDirector.answering(_ -> {
                            arrived.countDown();
                            await(leave);
                            return new Answer.Done("done", 1);
                        }),
                        new ControlServer.Limits(2, 1000, LONG, Duration.ofMillis(1)));
        var first = Thread.ofVirtual().start(() -> askUnchecked(new Request.Reload(false)));
        var second = Thread.ofVirtual().start(() -> askUnchecked(new Request.Reload(false)));
        await(arrived);
        assertThat(raw("")).contains("all 2 places are taken");
        leave.countDown();
        first.join();
        second.join();
        assertThat(server.counts()).isEqualTo(new ControlServer.Counts(2, 0, 1, 0));
    }

    @Test
    void theClientSaysWhyNobodyAnswers() throws Exception {
        assertThatThrownBy(() -> ask(new Request.Status()))
                .isInstanceOf(NoDirectorException.class)
                .hasMessageContaining("there is no such socket; is it running");
        Files.createDirectories(directory.resolve("run"));
        try (var deaf = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            deaf.bind(UnixDomainSocketAddress.of(socket));
            assertThatThrownBy(() -> new ControlClient(socket, Duration.ofMillis(20)).ask(new Request.Status(), _ -> {}))
                    .hasMessageContaining("silent for too long");
        }
        assertThatThrownBy(() -> ask(new Request.Status())).hasMessageContaining("refused");
    }

    private ControlServer start(FakeDirector director) throws IOException {
        return start(director, LIMITS);
    }

    private ControlServer start(FakeDirector director, ControlServer.Limits limits) throws IOException {
        var server = ControlServer.start(socket, director, limits);
        open.add(server);
        return server;
    }

    private Reply ask(Request request) throws NoDirectorException {
        return new ControlClient(socket, LONG).ask(request, _ -> {});
    }

    private void askUnchecked(Request request) {
        try {
            ask(request);
        } catch (NoDirectorException e) {
            throw new AssertionError(e);
        }
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    /// What comes back for these bytes; no more follow.
    private String raw(String bytes) throws IOException {
        try (var channel = connect()) {
            try {
                channel.write(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.UTF_8)));
                channel.shutdownOutput();
            } catch (IOException _) {
                // Turned away already; the answer is still there to read.
            }
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
