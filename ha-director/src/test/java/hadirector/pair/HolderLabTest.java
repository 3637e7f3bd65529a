package hadirector.pair;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.Reply;
import hadirector.admin.Request;
import hadirector.admin.StatusReport;
import hadirector.engine.Counter;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The VIP lives in the process: one director answers for it, its host's own traffic is never touched, and nothing remains of a
/// director that is killed. The tests share one pair; each begins with both directors running and lb1 holding.
@Lab
@NeedsCommand(value = "arping", debianPackage = "iputils-arping")
@NeedsCommand(value = "ping", debianPackage = "iputils-ping")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HolderLabTest {
    private static final String VIP = DirectorPair.VIP;
    private static final String GATEWAY = "10.1.0.1";
    private static final Pattern MAC = Pattern.compile("\\[([0-9A-Fa-f:]{17})]");
    private static final Pattern BPF_ID = Pattern.compile("(?m)^(link|prog|map)_id:\\s*(\\d+)");

    /// Two addresses, each in two forms, five times within 400 ms.
    private static final int BURST = 20;

    private static final int SSH = 22;
    private static final Duration TICK = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final DirectorPair pair = new DirectorPair(3);
    private final Host admin = pair.lab.host("admin");
    private final Clients clients = new Clients(pair.client);

    @BeforeAll
    void start() throws Exception {
        admin.nic("eth0", pair.outside, "192.0.2.101/24");
        admin.with("ip route add 10.1.0.0/24 via 192.0.2.1");
        for (String director : List.of("lb1", "lb2")) {
            pair.host(director).sysctl("net.ipv4.ip_forward", "1");
            var _ = pair.host(director).in(() -> new EchoServer(director, SSH));
        }
        for (var realServer : pair.realServers) {
            realServer.with("ip route add 192.0.2.101 via 10.1.0.2"); // Routed by the host of lb1 itself.
        }
        pair.config(services("")).startBoth();
    }

    private String services(String more) {
        return pair.service("shop", "tcp", 80) + pair.service("probe", "udp", 80) + more;
    }

    @BeforeEach
    void settle() throws Exception {
        for (String director : List.of("lb1", "lb2")) {
            if (!pair.process(director).isAlive()) {
                pair.start(director);
            }
        }
        pair.settle();
    }

    @AfterAll
    void close() {
        pair.close();
    }

    /// Who answers ARP for an address, asked several times so that a second one has its chance.
    private static Set<String> arpAnswers(Host asker, String address) {
        return MAC.matcher(asker.tryOutput("arping -c 3 -w 3 -I eth0 " + address))
                .results()
                .map(found -> found.group(1).toLowerCase(Locale.ROOT))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String answersPing(Host asker, String address) {
        asker.tryOutput("ip neigh del " + address + " dev eth0");
        return asker.tryOutput("ping -c 2 -i 0.2 -w 3 " + address);
    }

    @Test
    void onlyTheHolderAnswersArpAndPingForVipAndGateway() throws Exception {
        var realServer = pair.realServers.getFirst();
        for (String holder : List.of("lb1", "lb2")) {
            if (holder.equals("lb2")) {
                pair.failover("lb2");
            }
            assertThat(arpAnswers(pair.client, VIP)).containsExactly(pair.nic(holder, 0).mac());
            assertThat(arpAnswers(realServer, GATEWAY)).containsExactly(pair.nic(holder, 1).mac());
            assertThat(answersPing(pair.client, VIP)).contains(" 0% packet loss").doesNotContain("DUP");
            assertThat(answersPing(realServer, GATEWAY)).contains(" 0% packet loss").doesNotContain("DUP");
        }
        assertThat(pair.client.output("ip neigh show " + VIP)).contains(pair.nic("lb2", 0).mac());
    }

    @Test
    void theHostsOwnTrafficGoesOnWhateverTheDirectorDoes() throws Exception {
        try (var login = admin.in(() -> new PingPong("192.0.2.1", SSH, 3, TICK)).awaitConnected();
                var loginInside = pair.realServers.get(1).in(() -> new PingPong("10.1.0.2", SSH, 3, TICK)).awaitConnected();
                var outgoing = pair.host("lb1").in(() -> new PingPong("10.1.0.11", 80, 3, TICK)).awaitConnected();
                var routed = admin.in(() -> new PingPong("10.1.0.12", 80, 3, TICK)).awaitConnected()) {
            var all = List.of(login, loginInside, outgoing, routed);
            goOn(all, "while it holds");
            pair.failover("lb2");
            goOn(all, "a hand-over");
            pair.failover("lb1");
            goOn(all, "a take-over");
            pair.config(services(pair.service("more", "tcp", 81)));
            assertThat(pair.ask("lb1", new Request.Reload(false))).isInstanceOf(Reply.Result.class);
            goOn(all, "a reload");
            pair.process("lb1").kill();
            goOn(all, "kill -9");
            pair.config(services(""));
            pair.start("lb1");
            pair.awaitStatus("lb1", "running", status -> status.groups().getFirst().fit());
            goOn(all, "a start");
            pair.awaitSettled("lb2");
            pair.process("lb1").signal("TERM");
            assertThat(pair.process("lb1").awaitExit(PATIENCE)).isZero();
            goOn(all, "a stop");
        }
    }

    private static void goOn(List<PingPong> all, String after) throws InterruptedException {
        for (var each : all) {
            each.awaitAnswers(60);
            assertThat(each.failures()).as(after).isEmpty();
        }
    }

    @Test
    @NeedsCommand("bpftool")
    void killedItLeavesNoProgramLinkMapNorAnswerBehind() throws Exception {
        pair.process("lb2").kill(); // Or it would answer.
        var objects = objectsOf(pair.process("lb1").pid());
        assertThat(objects).anyMatch(o -> o.startsWith("link")).anyMatch(o -> o.startsWith("prog")).anyMatch(o -> o.startsWith("map"));
        assertThat(objects).allMatch(HolderLabTest::exists);
        assertThat(arpAnswers(pair.client, VIP)).hasSize(1);

        pair.process("lb1").kill();
        pair.await("all BPF objects gone", () -> objects.stream().noneMatch(HolderLabTest::exists));
        assertThat(arpAnswers(pair.client, VIP)).isEmpty();
        assertThat(answersPing(pair.client, VIP)).contains("100% packet loss");
        assertThat(pair.host("lb1").output("ip addr")).doesNotContain(VIP).doesNotContain(GATEWAY + "/");
    }

    /// The BPF objects that a process has descriptors of, as bpftool names them: `map show id 7`.
    private static Set<String> objectsOf(long pid) throws IOException {
        var found = new TreeSet<String>();
        try (var infos = Files.list(Path.of("/proc", Long.toString(pid), "fdinfo"))) {
            for (var info : infos.toList()) {
                BPF_ID.matcher(readIfThere(info))
                        .results()
                        .forEach(id -> found.add(id.group(1) + " show id " + id.group(2)));
            }
        }
        return found;
    }

    /// Sockets of the process come and go while its descriptors are listed.
    private static String readIfThere(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException _) {
            return "";
        }
    }

    private static boolean exists(String object) {
        try {
            var process = new ProcessBuilder(("bpftool " + object).split(" ", -1)).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aDirectorThatStartsAloneWaitsForTheClusterBeforeItTakesTheGroup() throws Exception {
        pair.process("lb2").kill();
        pair.nic("lb2", 2).unplug();
        pair.start("lb2");
        pair.awaitStatus(
                "lb2",
                "it waits",
                status -> Objects.toString(status.groups().getFirst().unfit(), "").contains("it waits for the cluster"));
        pair.nic("lb2", 2).plug();
    }

    @Test
    void afterAPartitionHealsOneHolderRemainsAnnouncesItselfAndServes() throws Exception {
        try (var connections = pair.pingPong(20)) {
            pair.nic("lb2", 2).unplug();
            pair.nic("lb2", 0).mute(); // Or it would see that lb1 answers.
            pair.nic("lb2", 1).mute();
            pair.awaitHolder("lb2", "lb2");
            assertThat(role("lb1")).as("each half of a switch that fell apart has a holder").isEqualTo(StatusReport.Role.ACTIVE);
            connections.awaitAnswers(200);
            long announced = pair.counter("lb2", Counter.ANNOUNCEMENTS_SENT);

            pair.nic("lb2", 0).unmute(pair.outside);
            pair.nic("lb2", 1).unmute(pair.inside);
            pair.await("lb1 gives in to the beacon of lb2", () -> role("lb1") == StatusReport.Role.BACKUP);
            pair.nic("lb2", 2).plug();
            pair.awaitSettled("lb2");
            pair.await("a burst, not only what the first takeover still had to send", () -> pair.counter("lb2", Counter.ANNOUNCEMENTS_SENT) >= announced + BURST);
            pair.await("the client is told", () -> pair.client.output("ip neigh show " + VIP).contains(pair.nic("lb2", 0).mac()));
            assertThat(clients.served(VIP, 80, 6)).containsOnlyKeys("rs1", "rs2", "rs3");
            assertThat(arpAnswers(pair.client, VIP)).containsExactly(pair.nic("lb2", 0).mac());
            assertThat(arpAnswers(pair.realServers.getFirst(), GATEWAY)).containsExactly(pair.nic("lb2", 1).mac());
            connections.awaitAnswers(200);
            assertThat(connections.failures()).isEmpty();
        }
    }

    private StatusReport.Role role(String director) {
        return requireNonNull(pair.status(director)).groups().getFirst().role();
    }
}
