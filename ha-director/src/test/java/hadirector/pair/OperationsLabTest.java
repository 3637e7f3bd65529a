package hadirector.pair;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.admin.Answer;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import hadirector.admin.StatusReport;
import hadirector.engine.Counter;
import hadirector.lab.Lab;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// A working pair under its operators' hands and its realservers' troubles. The tests share one pair, of which lb1 holds, and
/// leave it as they found it.
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperationsLabTest {
    private static final String VIP = DirectorPair.VIP;
    private static final int SHOP = 80;
    private static final int QUICK = 8080;
    private static final int LEAST = 8081;
    private static final int NEW = 8082;
    private static final Duration CLI = Duration.ofSeconds(40);
    private static final List<String> DIRECTORS = List.of("lb1", "lb2");
    private static final List<String> ALL = List.of("10.1.0.11:80", "10.1.0.12:80", "10.1.0.13:80");

    private final DirectorPair pair = new DirectorPair(3);
    private final Clients clients = new Clients(pair.client);

    @BeforeAll
    void start() throws Exception {
        pair.config(services(ALL, "")).startBoth();
    }

    @AfterEach
    void settle() throws Exception {
        pair.config(services(ALL, ""));
        reloadBoth();
        pair.settle();
    }

    @AfterAll
    void close() {
        pair.close();
    }

    /// @param servers of the service `shop`
    private String services(List<String> servers, String more) {
        String shop =
                servers.stream().map("{ address = \"%s\" }"::formatted).collect(Collectors.joining(", "));
        return DirectorPair.service("shop", "tcp", VIP + ":80", "tcp", "scheduler = rr", shop)
                + pair.service("names", "udp", 80, "scheduler = rr")
                + pair.service("quick", "tcp", QUICK, "scheduler = rr, timeouts { established = 1s }")
                + pair.service("least", "tcp", LEAST, "scheduler = lc")
                + more;
    }

    private void awaitVerdict(String endpoint, StatusReport.Verdict verdict) throws InterruptedException {
        for (String director : DIRECTORS) {
            pair.awaitStatus(
                    director,
                    endpoint + " " + verdict + " says " + director,
                    status ->
                            status.services().stream()
                                    .flatMap(service -> service.servers().stream())
                                    .filter(server -> server.endpoint().equals(endpoint))
                                    .allMatch(server -> server.verdict() == verdict));
        }
    }

    private void stopServer(int number) throws IOException {
        pair.echoes.get(number - 1).close();
    }

    private void startServer(int number) {
        var host = pair.realServers.get(number - 1);
        pair.echoes.set(number - 1, host.in(() -> new EchoServer("rs" + number, 80)));
    }

    @Test
    void aRealServerWhoseProcessEndsLeavesTheRotationAndComesBack() throws Exception {
        assertThat(clients.served(VIP, SHOP, 6)).isEqualTo(Map.of("rs1", 2, "rs2", 2, "rs3", 2));
        stopServer(2);
        for (String director : DIRECTORS) {
            pair.awaitStatus(director, "rs2 down", status -> verdict(status, ALL.get(1)) == StatusReport.Verdict.DOWN);
        }
        assertThat(clients.served(VIP, SHOP, 6)).isEqualTo(Map.of("rs1", 3, "rs3", 3));
        startServer(2);
        awaitVerdict(ALL.get(1), StatusReport.Verdict.UP);
        assertThat(clients.served(VIP, SHOP, 6)).containsOnlyKeys("rs1", "rs2", "rs3");
    }

    private static StatusReport.Verdict verdict(StatusReport status, String endpoint) {
        return DirectorPair.server(status, "shop", endpoint).verdict();
    }

    @Test
    void clientsOfARealServerThatIsUnpluggedMoveWhereTheProtocolLetsThem() throws Exception {
        var sockets = new ArrayList<DatagramSocket>();
        for (int i = 0; i < 9; i++) {
            sockets.add(clients.datagrams(VIP, 80));
        }
        assertThat(names(sockets)).containsOnlyKeys("rs1", "rs2", "rs3").values().containsOnly(3L);
        pair.realServerNics.get(2).unplug();
        awaitVerdict(ALL.get(2), StatusReport.Verdict.DOWN);
        assertThat(names(sockets)).containsOnlyKeys("rs1", "rs2");
        assertThat(clients.served(VIP, SHOP, 6)).isEqualTo(Map.of("rs1", 3, "rs2", 3));
        pair.realServerNics.get(2).plug();
        awaitVerdict(ALL.get(2), StatusReport.Verdict.UP);
        assertThat(clients.served(VIP, SHOP, 6)).containsOnlyKeys("rs1", "rs2", "rs3");
        assertThat(names(sockets)).as("nobody moves back").containsOnlyKeys("rs1", "rs2");
        sockets.forEach(DatagramSocket::close);
    }

    private static Map<String, Long> names(List<DatagramSocket> sockets) throws IOException {
        var names = new ArrayList<String>();
        for (var socket : sockets) {
            names.add(Clients.askName(socket));
        }
        return names.stream().collect(Collectors.groupingBy(name -> name, Collectors.counting()));
    }

    @Test
    void withoutAnyRealServerNewConnectionsAreRefusedAndCountedUntilOneIsBack() throws Exception {
        for (int number = 1; number <= 3; number++) {
            stopServer(number);
        }
        for (String endpoint : ALL) {
            pair.awaitStatus("lb1", endpoint + " down", status -> verdict(status, endpoint) == StatusReport.Verdict.DOWN);
        }
        long dropped = pair.counter("lb1", Counter.DROP_NO_REALSERVER);
        assertThat(clients.connects(VIP, SHOP, 1_500)).isFalse();
        assertThat(pair.counter("lb1", Counter.DROP_NO_REALSERVER)).isGreaterThan(dropped);
        for (int number = 1; number <= 3; number++) {
            startServer(number);
        }
        pair.awaitSettled("lb1");
        assertThat(clients.served(VIP, SHOP, 3)).containsOnlyKeys("rs1", "rs2", "rs3");
    }

    @Test
    void aReloadAddsAndRemovesWithoutTouchingTheRest() throws Exception {
        try (var shop = pair.pingPong(12);
                var least = pair.client.in(() -> new PingPong(VIP, LEAST, 12, Duration.ofMillis(20))).awaitConnected()) {
            pair.config(services(ALL.subList(1, 3), pair.service("new", "tcp", NEW)));
            assertThat(reload("lb1")).contains("+ service new").contains("10.1.0.11:80");
            reload("lb2");
            pair.awaitSettled("lb1");
            assertThat(clients.served(VIP, NEW, 3)).containsOnlyKeys("rs1", "rs2", "rs3");
            assertThat(clients.served(VIP, SHOP, 6)).as("rs1 is gone from shop").isEqualTo(Map.of("rs2", 3, "rs3", 3));
            assertThat(servers("lb2", "shop")).as("connections drain").containsAll(ALL);
            shop.awaitAnswers(120);
            least.awaitAnswers(120);

            pair.config(services(ALL, ""));
            reloadBoth();
            pair.awaitSettled("lb1");
            assertThat(clients.connects(VIP, NEW, 2_000)).as("the service is gone: reset").isFalse();
            assertThat(clients.served(VIP, SHOP, 6)).isEqualTo(Map.of("rs1", 2, "rs2", 2, "rs3", 2));
            shop.awaitAnswers(120);
            least.awaitAnswers(120);
            assertThat(shop.failures()).isEmpty();
            assertThat(least.failures()).isEmpty();
        }
    }

    /// Entries of a service that it does not know are refused, and one that is established says nothing new for long.
    @Test
    void aBackupThatLearnsAServiceLaterGetsTheConnectionsThatItHadRefused() throws Exception {
        pair.config(services(ALL, pair.service("new", "tcp", NEW)));
        reload("lb1");
        pair.await("the new service", () -> clients.connects(VIP, NEW, 1_000));
        try (var early = pair.client.in(() -> new PingPong(VIP, NEW, 12, Duration.ofMillis(20))).awaitConnected()) {
            early.awaitAnswers(120);
            reload("lb2");
            pair.awaitSettled("lb1");
            pair.failover("lb2");
            early.awaitAnswers(120);
            pair.failover("lb1");
            early.awaitAnswers(120);
            assertThat(early.failures()).isEmpty();
        }
    }

    @Test
    void aReloadAddsAndRemovesVipsAndTheirServices() throws Exception {
        String other = "192.0.2.12";
        try (var shop = pair.pingPong(6)) {
            assertThat(clients.connects(other, SHOP, 1_000)).isFalse();
            String more = DirectorPair.service("other", "tcp", other + ":80", "tcp", "scheduler = rr", "{ address = \"10.1.0.11:80\" }");
            pair.config("\"192.0.2.10/24@eth0\", \"192.0.2.12/24@eth0\"", "\"10.1.0.1/24@eth1\"", "", services(ALL, more));
            reloadBoth();
            pair.awaitSettled("lb1");
            assertThat(clients.served(other, SHOP)).isEqualTo("rs1");
            pair.failover("lb2");
            assertThat(clients.served(other, SHOP)).isEqualTo("rs1");
            pair.failover("lb1");
            pair.config(services(ALL, ""));
            reloadBoth();
            pair.client.with("ip neigh flush all");
            assertThat(clients.connects(other, SHOP, 1_000)).as("nobody answers any more").isFalse();
            shop.awaitAnswers(60);
            assertThat(shop.failures()).isEmpty();
        }
    }

    @Test
    void aReloadAddsAGroupOnTheWayAndItFindsAHolder() throws Exception {
        try (var shop = pair.pingPong(6)) {
            String group =
                    "}\nmail { vips = [\"192.0.2.13/24@eth0\"], priority { lb1 = 100, lb2 = 50 }"; // Its realserver's gateway is with lb1.
            String more =
                    DirectorPair.service("mail", "tcp", "192.0.2.13:80", "tcp", "scheduler = rr", "{ address = \"10.1.0.12:80\" }")
                            .replace("group = web", "group = mail");
            pair.config(group, services(ALL, more));
            reloadBoth();
            pair.awaitStatus("lb1", "a holder of mail", status -> status.groups().stream().allMatch(g -> g.holder() != null));
            pair.await("served", () -> clients.connects("192.0.2.13", SHOP, 1_000));
            assertThat(clients.served("192.0.2.13", SHOP)).isEqualTo("rs2");
            pair.config(services(ALL, ""));
            reloadBoth();
            pair.client.with("ip neigh flush all");
            assertThat(clients.connects("192.0.2.13", SHOP, 1_000)).as("nobody answers any more").isFalse();
            shop.awaitAnswers(60);
            assertThat(shop.failures()).isEmpty();
        }
    }

    @Test
    void connectionsOfARemovedRealServerSurviveFailoverToADirectorThatNeverKnewIt() throws Exception {
        try (var shop = pair.pingPong(12)) {
            pair.config(services(ALL.subList(1, 3), ""));
            reloadBoth();
            pair.process("lb2").kill();
            pair.start("lb2");
            pair.awaitSettled("lb1");
            assertThat(servers("lb2", "shop")).containsAll(ALL);
            pair.failover("lb2");
            shop.awaitAnswers(240);
            assertThat(shop.failures()).isEmpty();
            pair.failover("lb1");
            pair.config(services(ALL, ""));
            reloadBoth();
            shop.awaitAnswers(240);
            assertThat(shop.failures()).isEmpty();
        }
    }

    private Set<String> servers(String director, String service) {
        return pair.connections(director, service).stream()
                .map(Reply.Connection::real)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void reloadBoth() {
        DIRECTORS.forEach(
                director ->
                        assertThat(pair.ask(director, new Request.Reload(false)))
                                .isInstanceOfSatisfying(
                                        Reply.Result.class,
                                        result -> assertThat(result.answer()).isInstanceOf(Answer.Done.class)));
    }

    /// By the command line.
    private String reload(String director) throws InterruptedException {
        var command = pair.cli(director, "reload");
        assertThat(command.awaitExit(CLI)).as(command.output()).isZero();
        return command.output();
    }

    @Test
    void leastConnectionCountsStayRightOverAReload() throws Exception {
        var open = new ArrayList<Socket>();
        pair.ask("lb1", new Request.Drain("least", ALL.get(2), Optional.empty()));
        for (int i = 0; i < 10; i++) {
            open.add(clients.open(VIP, LEAST));
            assertThat(Clients.askLine(open.getLast())).isNotEqualTo("rs3");
        }
        pair.config(services(ALL, pair.service("new", "tcp", NEW)));
        reloadBoth();
        pair.config(services(ALL, ""));
        reloadBoth();
        pair.ask("lb1", new Request.Enable("least", ALL.get(2)));
        var answered = new ArrayList<String>();
        for (int i = 0; i < 8; i++) {
            open.add(clients.open(VIP, LEAST));
            answered.add(Clients.askLine(open.getLast()));
        }
        assertThat(answered.subList(0, 5)).as("rs3 catches up with 5 and 5").containsOnly("rs3");
        assertThat(answered.subList(5, 8)).as("then all are equal").containsExactlyInAnyOrder("rs1", "rs2", "rs3");
        for (var socket : open) {
            socket.close();
        }
    }

    @Test
    void aFileWithMistakesChangesNothingAndEachMistakeIsTold() throws Exception {
        try (var shop = pair.pingPong(6)) {
            var before = requireNonNull(pair.status("lb1")).services().stream().map(StatusReport.Service::name).toList();
            pair.config(
                    DirectorPair.service("broken", "tcp", VIP + ":80000", "tcp", "scheduler = wls, colour = red", "{ address = \"10.1.0:80\" }")
                            + pair.service("new", "tcp", NEW));
            var command = pair.cli("lb1", "reload");
            assertThat(command.awaitExit(CLI)).as(command.output()).isEqualTo(2);
            assertThat(command.output()).contains("80000").contains("wls").contains("colour").contains("10.1.0:80");
            assertThat(command.output().lines().filter(line -> line.contains("director.conf:")).count()).isGreaterThanOrEqualTo(4);
            assertThat(requireNonNull(pair.status("lb1")).services()).extracting(StatusReport.Service::name).isEqualTo(before);
            shop.awaitAnswers(60);
            assertThat(shop.failures()).isEmpty();
            assertThat(clients.served(VIP, SHOP, 3)).containsOnlyKeys("rs1", "rs2", "rs3");
        }
    }

    @Test
    void drainingOnOneDirectorCountsOnAll() throws Exception {
        try (var shop = pair.pingPong(12)) {
            assertThat(drain("lb2", "drain", "shop", ALL.getFirst())).isZero();
            awaitDrained(true);
            assertThat(clients.served(VIP, SHOP, 6)).isEqualTo(Map.of("rs2", 3, "rs3", 3));
            pair.failover("lb2");
            assertThat(clients.served(VIP, SHOP, 6)).isEqualTo(Map.of("rs2", 3, "rs3", 3));
            pair.failover("lb1");
            assertThat(drain("lb1", "enable", "shop", ALL.getFirst())).isZero();
            awaitDrained(false);
            assertThat(clients.served(VIP, SHOP, 6)).isEqualTo(Map.of("rs1", 2, "rs2", 2, "rs3", 2));
            shop.awaitAnswers(120);
            assertThat(shop.failures()).as("connections on the drained server go on").isEmpty();
        }
    }

    @Test
    void aRehearsalMovesTheGroupThereAndBackAndTellsTheGap() throws Exception {
        try (var shop = pair.pingPong(12)) {
            pair.settle();
            var command = pair.cli("lb2", "rehearse", "web", "--max-gap", "5s");
            assertThat(command.awaitExit(CLI)).as(command.output()).isZero();
            assertThat(command.output()).contains("lb1 to lb2: gap ", "lb2 to lb1: gap ", "connections, lost: 0 resets, 0 rescheduled", "passed");
            pair.awaitSettled("lb1");
            shop.awaitAnswers(60);
            assertThat(shop.failures()).isEmpty();
        }
    }

    private int drain(String director, String word, String service, String endpoint) throws InterruptedException {
        return pair.cli(director, word, service, endpoint).awaitExit(CLI);
    }

    private void awaitDrained(boolean drained) throws InterruptedException {
        for (String director : DIRECTORS) {
            pair.awaitStatus(
                    director,
                    "drained " + drained + " says " + director,
                    status -> {
                        var server = DirectorPair.server(status, "shop", ALL.getFirst());
                        return server.drained() == drained && server.weight() == (drained ? 0 : 1);
                    });
        }
    }

    @Test
    void aClientThatUsesItsPortAgainAtOnceIsServedAnew() throws Exception {
        pair.client.sysctl("net.ipv4.tcp_max_tw_buckets", "0"); // The client's own TIME_WAIT would forbid it.
        long reused = pair.counter("lb1", Counter.REUSED);
        for (boolean abortive : List.of(true, false)) {
            var servers = new HashSet<String>();
            for (int i = 0; i < 9; i++) {
                servers.add(pair.client.in(() -> askFromPort(abortive ? 40_001 : 40_002, abortive)));
            }
            assertThat(servers).as("abortive %s", abortive).containsExactlyInAnyOrder("rs1", "rs2", "rs3");
        }
        assertThat(pair.counter("lb1", Counter.REUSED)).isGreaterThanOrEqualTo(reused + 16);
    }

    private static String askFromPort(int port, boolean abortive) throws IOException {
        try (var socket = new Socket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(port));
            socket.connect(new InetSocketAddress(VIP, SHOP), 20_000);
            socket.setSoTimeout(20_000);
            String server = Clients.askLine(socket);
            if (abortive) {
                socket.setSoLinger(true, 0);
            } else {
                socket.shutdownOutput();
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
            return server;
        }
    }

    @Test
    void aPacketInTheMidstOfAnUnknownConnectionIsResetAndNeverScheduled() throws Exception {
        try (var socket = clients.open(VIP, QUICK)) {
            Clients.askLine(socket);
            awaitForgotten();
            long scheduled = scheduled("lb1");
            assertThatThrownBy(() -> Clients.askLine(socket)).isInstanceOf(SocketException.class);
            assertThat(scheduled("lb1")).isEqualTo(scheduled);
        }
    }

    @Test
    void rightAfterATakeoverSuchAPacketIsDroppedFirst() throws Exception {
        try (var socket = clients.open(VIP, QUICK)) {
            Clients.askLine(socket);
            awaitForgotten();
            long dropped = pair.counter("lb2", Counter.DROP_NO_ENTRY);
            pair.failover("lb2");
            long scheduled = scheduled("lb2");
            socket.getOutputStream().write('\n');
            pair.await("dropped and counted", () -> pair.counter("lb2", Counter.DROP_NO_ENTRY) > dropped);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThat(scheduled("lb2")).isEqualTo(scheduled);
        }
    }

    private void awaitForgotten() throws InterruptedException {
        for (String director : DIRECTORS) {
            pair.await("expired on " + director, () -> pair.connections(director, "quick").isEmpty());
        }
    }

    private long scheduled(String director) {
        return DirectorPair.servers(requireNonNull(pair.status(director))).mapToLong(server -> server.totals().connections()).sum();
    }

    @Test
    void aSecondEngineOnTheSameInterfacesIsRefused() throws Exception {
        var file = Files.createTempFile("hadirector-lab", ".conf");
        var socket = Files.createTempDirectory("hadirector-lab").resolve("second.sock");
        try (var shop = pair.pingPong(6)) {
            Files.writeString(file, Files.readString(pair.configFile()).replace(":9620", ":9621"));
            var second = pair.host("lb1").start(Map.of(), pair.java("lb2", file, socket, "run"));
            assertThat(second.awaitExit(CLI)).as(second.output()).isEqualTo(1);
            assertThat(second.output()).contains("lb2 event=not-started why=\"another engine runs on eth");
            shop.awaitAnswers(60);
            assertThat(shop.failures()).isEmpty();
        } finally {
            Files.deleteIfExists(socket);
            Files.delete(socket.getParent());
            Files.delete(file);
        }
    }

    @Test
    void aRejoiningDirectorHasEveryConnectionBeforeItCountsAsSynced() throws Exception {
        try (var shop = pair.pingPong(60)) {
            pair.process("lb2").kill();
            shop.awaitAnswers(120);
            pair.start("lb2");
            pair.awaitStatus("lb2", "synced", status -> status.groups().getFirst().synced() && "lb1".equals(status.groups().getFirst().holder()));
            assertThat(tuples("lb2")).isEqualTo(tuples("lb1")).hasSizeGreaterThanOrEqualTo(60);
            shop.awaitAnswers(120);
            assertThat(shop.failures()).isEmpty();
        }
    }

    /// Those that live, without what changes from moment to moment.
    private Set<String> tuples(String director) {
        return pair.connections(director, "shop").stream()
                .filter(connection -> connection.state().equals("ESTABLISHED"))
                .map(c -> String.join(" ", c.protocol(), c.client(), c.virtual(), c.real(), c.method()))
                .collect(Collectors.toSet());
    }
}
