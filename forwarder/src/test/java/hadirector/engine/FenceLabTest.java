package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.PacketPort;
import hadirector.afpacket.Ports;
import hadirector.fastpath.FastPath;
import hadirector.forward.ArpAnswers;
import hadirector.lab.Await;
import hadirector.lab.Capture;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.LabProcess;
import hadirector.lab.NeedsCommand;
import hadirector.lab.NetLab;
import hadirector.linux.Poller;
import hadirector.model.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process that stands still is fenced: an established flow (by the kernel's path), new connections and ARP requests (by Java's) come all the time.
@Lab
@NeedsCommand("tcpdump")
class FenceLabTest {
    private static final Duration LEASE = Duration.ofMillis(400);

    /// Answers for the VIP, and beacons that say that it is held: not the farewells.
    private static final String SAYS_IT_HOLDS = "(arp[6:2] = 2 and not arp src 192.0.2.1) or (ether proto 0x88b5 and ether[56] = 1)";

    private static final int LONG_PAUSES = 10;
    private static final int SHORT_PAUSES = 15;

    @TempDir
    private Path directory;

    private final Random random = new Random();
    private final NetLab lab = new NetLab();
    private final Host client = lab.host("client");
    private final Host director = lab.host("lb");
    private final Host server = lab.host("rs");
    private final List<DatagramSocket> sockets = new ArrayList<>();
    private final Set<Integer> received = ConcurrentHashMap.newKeySet();
    private final AtomicInteger sent = new AtomicInteger();
    private final Poller poller = new Poller(PacketPort.DESCRIPTORS);
    private volatile boolean quiet;
    private volatile boolean ended;

    @BeforeEach
    void wire() {
        var out = lab.segment("out");
        var in = lab.segment("in");
        client.nic("eth0", out, "192.0.2.100/24");
        director.nic("eth0", out, "192.0.2.1/24");
        director.nic("eth1", in, "198.51.100.1/24");
        server.nic("eth0", in, "198.51.100.2/24").host().with("ip route add default via 198.51.100.254");
    }

    @AfterEach
    void close() {
        ended = true;
        sockets.forEach(DatagramSocket::close);
        lab.close();
        poller.close();
    }

    private LabProcess start(Duration lease) throws Exception {
        var process = director.startJava(FencedProcess.class, Long.toString(lease.toMillis()));
        process.awaitOutput("ready", Duration.ofSeconds(60));
        return process;
    }

    private static void open(LabProcess process, int epoch) throws Exception {
        process.say("open " + epoch);
        process.awaitOutput("open " + epoch + " done", Duration.ofSeconds(20));
    }

    private DatagramSocket socket(Host host, int port) {
        var socket = host.in(() -> new DatagramSocket(port));
        sockets.add(socket);
        return socket;
    }

    private void startTraffic() {
        var receiving = socket(server, FencedProcess.PORT);
        thread(() -> {
            var packet = new DatagramPacket(new byte[4], 4);
            receiving.receive(packet);
            received.add(ByteBuffer.wrap(packet.getData()).getInt());
        });
        var established = socket(client, 0);
        thread(() -> send(established, 1));
        client.thread("new connections", () -> loop(() -> {
            try (var fresh = new DatagramSocket()) {
                send(fresh, 5);
            }
        }));
        long mac = mac(client);
        var port = Ports.open(client, "eth0", FastPath.MARK, poller);
        thread(() -> {
            int slot = port.make();
            port.length(slot, ArpAnswers.request(IpAddress.of("192.0.2.100").v4(), mac, IpAddress.of(ServiceLabs.VIP).v4(), port.memory(), port.frame(slot)));
            port.send(port, slot);
            port.flush();
            Thread.sleep(5);
        });
    }

    private void send(DatagramSocket from, int millis) throws IOException, InterruptedException {
        Thread.sleep(millis);
        if (!quiet) {
            byte[] number = ByteBuffer.allocate(4).putInt(sent.incrementAndGet()).array();
            from.send(new DatagramPacket(number, 4, new InetSocketAddress(ServiceLabs.VIP, FencedProcess.PORT)));
        }
    }

    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    private void thread(Step step) {
        Thread.ofPlatform().daemon().start(() -> loop(step));
    }

    private void loop(Step step) {
        try {
            while (!ended) {
                step.run();
            }
        } catch (SocketException _) {
            return; // The lab is closed.
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long mac(Host host) {
        return Long.parseLong(host.shell("cat /sys/class/net/eth0/address").strip().replace(":", ""), 16);
    }

    private void awaitTraffic() throws Exception {
        int now = received.size();
        Await.until("traffic", () -> received.size() > now + 200);
    }

    /// From when on there must be nothing, and until when.
    private record Silence(Instant from, Instant to) {
        boolean isBroken(Instant by) {
            return by.isAfter(from) && by.isBefore(to);
        }
    }

    @Test
    void pastItsLeaseAPausedProcessForwardsAndAnswersNothingNorAfterItGoesOn() throws Exception {
        var process = start(LEASE);
        open(process, 1);
        var atServer = Capture.on(server, "eth0", directory.resolve("server.pcap"), "udp port " + FencedProcess.PORT);
        var atClient = Capture.on(client, "eth0", directory.resolve("client.pcap"), SAYS_IT_HOLDS);
        startTraffic();
        var silences = new ArrayList<Silence>();
        for (int i = 0; i < LONG_PAUSES; i++) {
            awaitTraffic();
            Thread.sleep(random.nextInt(100));
            process.signal("STOP");
            var stopped = Instant.now();
            Thread.sleep(LEASE.toMillis() + 50 + random.nextInt(i == 0 ? 2_600 : 1_000));
            process.signal("CONT");
            process.awaitOutput("event Fenced", Duration.ofSeconds(20));
            Await.until("word of the pause", () -> fencings(process) == 2 * silences.size() + 1);
            process.say("open 100");
            Await.until("refusal of what knows nothing of the pause", () -> fencings(process) == 2 * silences.size() + 2);
            Thread.sleep(300);
            silences.add(new Silence(stopped.plus(LEASE), Instant.now()));
            process.say("close");
            open(process, i + 2);
        }
        awaitTraffic();
        var forwarded = atServer.end();
        var answered = atClient.end();
        assertThat(forwarded).hasSizeGreaterThan(LONG_PAUSES * 200);
        assertThat(answered).hasSizeGreaterThan(LONG_PAUSES * 10);
        for (var silence : silences) {
            assertThat(forwarded.stream().filter(silence::isBroken)).as("forwarded in %s", silence).isEmpty();
            assertThat(answered.stream().filter(silence::isBroken)).as("answered in %s", silence).isEmpty();
        }
        System.out.println(process.output().lines().filter(line -> line.contains("event") || line.contains("done")).toList());
        assertThat(process.output()).doesNotContain("Failed");
    }

    private static int fencings(LabProcess process) {
        return process.output().split("event Fenced", -1).length - 1;
    }

    @Test
    void aPauseShorterThanTheLeaseLosesNothing() throws Exception {
        var process = start(Duration.ofSeconds(1)); // On a busy machine a pause of 280 ms may take twice that.
        open(process, 1);
        startTraffic();
        Await.until("traffic", () -> received.size() > 200);
        quiet = true;
        Thread.sleep(200);
        int before = sent.get();
        quiet = false;
        for (int i = 0; i < SHORT_PAUSES; i++) {
            Thread.sleep(100 + random.nextInt(100));
            process.signal("STOP");
            Thread.sleep(50 + random.nextInt(230));
            process.signal("CONT");
        }
        quiet = true;
        int after = sent.get();
        Await.until("all", () -> received.contains(after));
        Thread.sleep(200);
        int lost = 0;
        for (int number = before + 1; number <= after; number++) {
            lost += received.contains(number) ? 0 : 1;
        }
        process.say("stats");
        process.awaitOutput("stats done", Duration.ofSeconds(20));
        System.out.printf("%d sent, %d lost%n%s%n", after - before, lost, process.output().lines().filter(line -> line.contains("done")).toList());
        assertThat(process.output()).doesNotContain("Fenced[");
        assertThat(lost).isZero();
    }
}
