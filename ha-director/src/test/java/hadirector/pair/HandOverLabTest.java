package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.engine.Counter;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A planned hand-over costs nobody a packet: a thousand connections, half of them busy, datagrams each millisecond, and new connections all the while, by NAT and
/// by direct routing. What counts is the number of answers, and that no TCP of any machine has had to send anything again after a timeout.
@Lab
@NeedsCommand(value = "nstat", debianPackage = "iproute2")
class HandOverLabTest {
    private static final int ROUNDS = Integer.getInteger("handover.rounds", 2);
    private static final Duration AFTERWARDS = Duration.ofMillis(2_500);
    private static final int DIRECT_PORT = 8080;
    private static final Path DR_SETUP = Path.of("..", "deploy", "realserver", "dr-setup").toAbsolutePath().normalize();

    private final DirectorPair pair = new DirectorPair(3);
    private final List<Host> direct = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        IntStream.rangeClosed(1, 2).forEach(this::direct);
        pair.config(
                        "\"192.0.2.10/24@eth0\"",
                        "\"10.1.0.1/24@eth1\"",
                        "",
                        pair.service("shop", "tcp", 80)
                                + pair.service("probe", "udp", 80)
                                + direct("direct", "tcp")
                                + direct("direct-probe", "udp"))
                .startBoth();
    }

    private void direct(int number) {
        var host = pair.lab.host("dr" + number);
        host.nic("eth0", pair.outside, "192.0.2.2%d/24".formatted(number));
        host.with("sh " + DR_SETUP + " " + DirectorPair.VIP);
        direct.add(host);
        var _ = host.in(() -> new EchoServer("dr" + number, DIRECT_PORT, new InetSocketAddress(DirectorPair.VIP, DIRECT_PORT)));
    }

    private static String direct(String name, String protocol) {
        String check = protocol.equals("tcp") ? "tcp" : "ping";
        String servers = "{ address = \"192.0.2.21:8080\" }, { address = \"192.0.2.22:8080\" }";
        return DirectorPair.service(name, protocol, DirectorPair.VIP + ":" + DIRECT_PORT, check, "scheduler = rr, method = dr", servers);
    }

    @AfterEach
    void close() {
        try {
            direct.forEach(host -> host.with("sh " + DR_SETUP + " --undo " + DirectorPair.VIP));
        } finally {
            pair.close();
        }
    }

    /// What moves the group from its holder to the other director.
    @FunctionalInterface
    private interface Move {
        void from(String holder, String other) throws Exception;
    }

    @Test
    void nothingIsLostThroughFailoversThereAndBack() throws Exception {
        through("failover", (holder, other) -> pair.failover(other));
    }

    @Test
    void nothingIsLostWhenTheHolderIsStoppedAndStartedAgain() throws Exception {
        through("SIGTERM and start", (holder, other) -> {
            pair.process(holder).signal("TERM");
            assertThat(pair.process(holder).awaitExit(Duration.ofSeconds(20))).isZero();
            pair.start(holder);
        });
    }

    private void through(String what, Move move) throws Exception {
        var start = bill();
        try (var busy = pair.client.in(() -> new PingPong(DirectorPair.VIP, 80, 400, Duration.ofMillis(100))).awaitConnected();
                var idle = pair.client.in(() -> new PingPong(DirectorPair.VIP, 80, 500, Duration.ofSeconds(10))).awaitConnected();
                var busyDirect = pair.client.in(() -> new PingPong(DirectorPair.VIP, DIRECT_PORT, 100, Duration.ofMillis(100))).awaitConnected();
                var probe = pair.gapProbe(80);
                var probeDirect = pair.gapProbe(DIRECT_PORT);
                var newcomers = pair.client.in(() -> new Newcomers(DirectorPair.VIP, 80, Duration.ofMillis(20)));
                var newcomersDirect = pair.client.in(() -> new Newcomers(DirectorPair.VIP, DIRECT_PORT, Duration.ofMillis(50)))) {
            var before = bill(); // A thousand connections that begin at once are another matter.
            System.out.println("MEASURED opening: " + difference(start, before));
            String holder = "lb1";
            for (int round = 0; round < 2 * ROUNDS; round++) {
                String other = holder.equals("lb1") ? "lb2" : "lb1";
                busy.awaitAnswers(400);
                move.from(holder, other);
                Thread.sleep(AFTERWARDS); // The old holder must have closed.
                pair.awaitSettled(other);
                holder = other;
            }
            busy.awaitAnswers(800);
            idle.awaitAnswers(500);
            busyDirect.awaitAnswers(200);
            newcomers.finish();
            newcomersDirect.finish();
            probe.finish();
            probeDirect.finish();
            var spent = difference(before, bill());
            long unread = spent.entrySet().stream().filter(each -> each.getKey().endsWith("UdpRcvbufErrors")).mapToLong(Map.Entry::getValue).sum();
            String report = "%s x %d: probes lost %d of %d and %d of %d, newcomers %d, longest answers %d and %d ms, %s"
                    .formatted(what, 2 * ROUNDS, probe.lost(), probe.sent(), probeDirect.lost(), probeDirect.sent(),
                            newcomers.served() + newcomersDirect.served(), busy.longest().toMillis(), busyDirect.longest().toMillis(), spent);
            System.out.println("MEASURED " + report);
            assertThat(Stream.of(busy, idle, busyDirect).flatMap(each -> each.failures().stream())).as(report).isEmpty();
            assertThat(Stream.of(newcomers, newcomersDirect).flatMap(each -> each.failures().stream())).as(report).isEmpty();
            assertThat(probe.lost() + probeDirect.lost() - unread).as("but for those that came and that this process was too slow to read: " + report).isNotPositive();
            assertThat(spent.keySet().stream().filter(key -> key.endsWith("TcpExtTCPTimeouts"))).as(report).isEmpty();
        }
    }

    /// What the machines have counted of losses and of things sent again; a director that was started again begins at 0.
    private Map<String, Long> bill() {
        var bill = new TreeMap<String, Long>();
        for (String director : List.of("lb1", "lb2")) {
            Stream.of(Counter.values())
                    .filter(counter -> counter.name().startsWith("DROP_") || counter == Counter.PASSED_ON || counter == Counter.WAITED)
                    .forEach(counter -> bill.put(director + " " + counter, pair.counter(director, counter)));
        }
        var machines = new ArrayList<>(pair.realServers);
        machines.addAll(direct);
        machines.add(pair.client);
        machines.forEach(machine -> machine.output("nstat -asz TcpRetransSegs TcpExtTCPTimeouts UdpRcvbufErrors TcpExtListenDrops").lines()
                .map(line -> line.trim().split(" +", -1))
                .filter(words -> words.length > 1 && !words[0].startsWith("#"))
                .forEach(words -> bill.put(machine.name() + " " + words[0], Long.parseLong(words[1]))));
        return bill;
    }

    private static Map<String, Long> difference(Map<String, Long> before, Map<String, Long> after) {
        var difference = new TreeMap<String, Long>();
        after.forEach((key, value) -> difference.put(key, value - before.getOrDefault(key, 0L)));
        difference.values().removeIf(each -> each <= 0);
        return difference;
    }
}
