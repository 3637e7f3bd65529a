package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.Ports;
import hadirector.engine.PathLab.Family;
import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.NeedsCommand;
import hadirector.linux.Poller;
import hadirector.packet.FragmentBuilder;
import hadirector.packet.FrameBuilder;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What routers say and do to packets of connections, with real programs: traceroute, path MTU discovery, fragments, clamped segments, new
/// MACs. LVS-NAT over both families.
abstract class PathTests extends EngineLabTests<PathLab> {
    private static final int MEGABYTES = 10;
    private static final int NARROW = 1350;
    private static final int WIDE = 1500;
    private static final int ETHERNET = 14;
    private static final int LARGE = 8000;

    private static final int SLOW_MEGABYTES = 6;
    private static final int SOME = 100_000;
    private static final Pattern MSS = Pattern.compile("mss (\\d+)");

    private final boolean offload;

    /// @param offload whether the kernel forwards, too
    PathTests(boolean offload) {
        this.offload = offload;
    }

    static List<Family> families() {
        return List.of(PathLab.V4, PathLab.V6);
    }

    @Override
    PathLab open(Path forPrograms) throws Exception {
        return new PathLab(forPrograms, offload);
    }

    @AfterAll
    void theKernelForwardsIfItMay() {
        assertThat(lab.count(Counter.FRAMES_OFFLOADED) > 0).isEqualTo(offload);
    }

    @ParameterizedTest
    @MethodSource("families")
    @NeedsCommand("traceroute")
    void tracerouteShowsTheDirectorAndWhatIsBehindItAsTheVip(Family family) {
        for (String kind : List.of("-T -p 80", "-U -p 5300")) {
            var hops = traceroute(family, kind);
            assertThat(hops.get(1)).as(kind).contains(" " + family.director() + " ");
            assertThat(hops.get(2)).as("the router behind, " + kind).contains(" " + family.vip() + " ");
            assertThat(hops.getLast()).as(kind).contains(" " + family.vip() + " ");
            assertThat(hops).as(kind).hasSize(4);
        }
        assertThat(traceroute(family, "-I").getLast()).contains(" " + family.vip() + " ");
    }

    private List<String> traceroute(Family family, String kind) {
        String said = lab.client.output("traceroute -n -q 1 -N 1 -w 3 -m 8 " + kind + " " + family.vip());
        return said.lines().skip(1).toList();
    }

    @ParameterizedTest
    @MethodSource("families")
    void pathMtuDiscoveryWorksThroughTheDirectorInBothDirections(Family family) throws Exception {
        var sent = lab.web.file("data" + family, MEGABYTES);
        var received = directory.resolve("down" + family);
        String url = family.url(family.vip());
        lab.forgetPaths();
        lab.curl("-o /dev/null -T " + sent + " " + url + "up" + family); // First: a known path MTU lowers the MSS of the other side.
        lab.curl("-o " + received + " " + url + sent.getFileName());
        assertThat(Files.mismatch(sent, lab.web.served("up" + family))).isEqualTo(-1);
        assertThat(Files.mismatch(sent, received)).isEqualTo(-1);
        assertThat(lab.client.output("ip route get " + family.vip())).contains("mtu " + PathLab.SERVER_MTU);
        assertThat(lab.realServer.output("ip route get " + family.client())).contains("mtu " + PathLab.CLIENT_MTU);
        assertThat(lab.count(Counter.ICMP_ERRORS_FORWARDED)).isPositive();
    }

    @ParameterizedTest
    @MethodSource("families")
    void theDirectorTellsItsOwnMtu(Family family) throws Exception {
        var sent = lab.web.file("more" + family, MEGABYTES);
        lab.insideMtu(NARROW);
        lab.forgetPaths(); // As a known path MTU lowers the MSS of the other side.
        try {
            Await.until("the engine to notice", () -> {
                lab.curl("-o /dev/null -T " + sent + " " + family.url(family.otherVip()) + "own" + family);
                return lab.client.output("ip route get " + family.otherVip()).contains("mtu " + NARROW);
            });
            assertThat(Files.mismatch(sent, lab.web.served("own" + family))).isEqualTo(-1);
            assertThat(lab.count(Counter.DROP_TOO_BIG)).isPositive();
            fragmentWhatMayBe(family);
        } finally {
            lab.insideMtu(WIDE);
        }
    }

    /// A host that does no path MTU discovery sends IPv4 without "don't fragment".
    private void fragmentWhatMayBe(Family family) throws Exception {
        if (family.v6()) {
            return;
        }
        lab.forgetPaths();
        lab.client.sysctl("net.ipv4.ip_no_pmtu_disc", "1");
        try (var socket = lab.client.in(() -> new DatagramSocket(0))) {
            exchange(socket, family.otherVip(), NARROW + 20);
        } finally {
            lab.client.sysctl("net.ipv4.ip_no_pmtu_disc", "0");
        }
        assertThat(lab.count(Counter.FRAGMENTS_MADE)).isPositive();
    }

    @ParameterizedTest
    @MethodSource("families")
    void datagramsInFragmentsGoBothWays(Family family) throws Exception {
        long before = lab.count(Counter.FRAGMENTS_FORWARDED);
        try (var socket = lab.client.in(() -> new DatagramSocket(0))) {
            for (int length : new int[] {1_000, 1_473, LARGE, 20_000, 60_000}) {
                exchange(socket, family.vip(), length);
            }
        }
        assertThat(lab.count(Counter.FRAGMENTS_FORWARDED) - before).isGreaterThan(100);
    }

    /// PMTU discovery is broken, as it is behind many a firewall: without the clamp nothing large arrives.
    @ParameterizedTest
    @MethodSource("families")
    void aClampedMssGetsTransfersThroughANarrowPathThatTellsNothing(Family family) throws Exception {
        var sent = lab.web.file("clamped" + family, MEGABYTES);
        var received = directory.resolve("clamped" + family);
        lab.forgetPaths();
        lab.silenceRouters(true);
        try (var atClient = Capture.of(lab.client, "eth0", "port " + PathLab.CLAMPED);
                var atServer = Capture.of(lab.realServer, "eth0", "port " + PathLab.CLAMPED)) {
            assertThat(lab.client.tryOutput("curl -s -m 3 -o /dev/null -w code:%{exitcode} " + family.url(family.vip()) + sent.getFileName()))
                    .as("without the clamp").endsWith("code:28");
            String url = family.url(family.vip(), PathLab.CLAMPED);
            lab.curl("-o " + received + " " + url + sent.getFileName());
            lab.curl("-o /dev/null -T " + sent + " " + url + "clampedUp" + family);
            assertThat(Files.mismatch(sent, received)).isEqualTo(-1);
            assertThat(Files.mismatch(sent, lab.web.served("clampedUp" + family))).isEqualTo(-1);
            assertThat(offers(atClient, "[S.]")).as("the realserver's, at the client").isNotEmpty().containsOnly(PathLab.MSS);
            assertThat(offers(atServer, "[S]")).as("the client's, at the realserver").isNotEmpty().containsOnly(PathLab.MSS);
        } finally {
            lab.silenceRouters(false);
            lab.forgetPaths();
        }
    }

    /// The sizes that SYNs of a kind offer.
    private static List<Integer> offers(Capture capture, String flags) throws Exception {
        return capture.lines().stream()
                .filter(line -> line.contains("Flags " + flags))
                .map(line -> MSS.matcher(line).results().findFirst().orElseThrow(() -> new AssertionError(line)))
                .map(found -> Integer.parseInt(found.group(1)))
                .toList();
    }

    /// The client's super-frames stand for packets that the director's way inside has no room for, and that may be cut.
    @Test
    @NeedsCommand("tcpdump")
    void superFramesThatMayBeCutLeaveInPacketsThatFit() throws Exception {
        var sent = lab.web.file("cut", MEGABYTES);
        lab.client.sysctl("net.ipv4.ip_no_pmtu_disc", "1");
        lab.insideMtu(NARROW);
        long made = lab.count(Counter.FRAGMENTS_MADE);
        try (var socket = lab.client.in(() -> new DatagramSocket(0))) {
            Await.until("the engine to notice", () -> {
                exchange(socket, PathLab.V4.otherVip(), NARROW + 20);
                return lab.count(Counter.FRAGMENTS_MADE) > made;
            });
        }
        lab.forgetPaths(); // The realserver has learned one, and would offer smaller segments.
        try (var superFrames = Capture.of(lab.director, "eth0", "tcp dst port 80 and greater " + 2 * WIDE);
                var tooLong = Capture.of(lab.serverRouter, "eth0", "tcp dst port 80 and greater " + (NARROW + ETHERNET + 1))) {
            long before = lab.count(Counter.DROP_TOO_BIG);
            lab.curl("-o /dev/null -T " + sent + " " + PathLab.V4.url(PathLab.V4.otherVip()) + "cut");
            assertThat(Files.mismatch(sent, lab.web.served("cut"))).isEqualTo(-1);
            assertThat(lab.count(Counter.DROP_TOO_BIG)).as("nothing was refused").isEqualTo(before);
            assertThat(lab.client.output("ip route get " + PathLab.V4.otherVip())).as("nothing was said").doesNotContain("mtu " + NARROW);
            assertThat(superFrames.lines()).isNotEmpty();
            assertThat(tooLong.lines()).isEmpty();
        } finally {
            lab.insideMtu(WIDE);
            lab.client.sysctl("net.ipv4.ip_no_pmtu_disc", "0");
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void aTransferGoesOnWhenTheRealserversRouterGetsAnotherMac(Family family) throws Exception {
        transferWhile(family, lab.serverRouter);
    }

    /// Its client has nothing to send meanwhile that would show the way.
    @ParameterizedTest
    @MethodSource("families")
    void aTransferGoesOnWhenTheClientsRouterGetsAnotherMac(Family family) throws Exception {
        transferWhile(family, lab.clientRouter);
    }

    private void transferWhile(Family family, Host router) throws Exception {
        var sent = lab.web.file("slow", SLOW_MEGABYTES);
        var received = directory.resolve("slow" + family + router.name());
        var curl = lab.client.start("curl", "-sS", "--fail", "-m", "60", "-o", received.toString(), family.url(family.vip()) + sent.getFileName());
        Await.until("some of it", () -> Files.exists(received) && Files.size(received) > SOME);
        for (int i = 1; i <= 2; i++) {
            lab.changeMac(router, family.v6() ? i + 2 : i);
            long size = Files.size(received);
            long begin = System.nanoTime();
            Await.until("the transfer to go on", () -> Files.size(received) > size + 3 * SOME);
            System.out.printf("%s, offload %s: 300 KB of 1 MB/s came within %d ms after %s had got another MAC%n", family, offload, (System.nanoTime() - begin) / 1_000_000, router.name());
        }
        assertThat(curl.awaitExit(Duration.ofSeconds(30))).isZero();
        assertThat(Files.mismatch(sent, received)).isEqualTo(-1);
    }

    /// Path MTU discovery may cost the first datagrams.
    private static void exchange(DatagramSocket socket, String to, int length) throws Exception {
        byte[] data = new byte[length];
        new Random(length).nextBytes(data);
        var reply = new DatagramPacket(new byte[0xffff], 0xffff);
        socket.setSoTimeout(500);
        Await.until(length + " bytes from " + to, () -> {
            socket.send(new DatagramPacket(data, length, InetAddress.getByName(to), PathLab.ECHO));
            return answers(socket, reply) && reply.getLength() == length;
        });
        assertThat(Stream.of(reply).map(packet -> java.util.Arrays.copyOf(packet.getData(), packet.getLength())))
                .containsExactly(data);
    }

    private static boolean answers(DatagramSocket socket, DatagramPacket reply) throws java.io.IOException {
        try {
            reply.setLength(0xffff);
            socket.receive(reply);
            return true;
        } catch (java.net.SocketTimeoutException _) {
            return false;
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void fragmentsThatArriveInTheWrongOrderWaitForTheFirst(Family family) throws Exception {
        try (var socket = lab.client.in(() -> new DatagramSocket(0))) {
            exchange(socket, family.vip(), LARGE); // From now on the realserver knows what fits.
        }
        long heldBefore = lab.count(Counter.FRAGMENTS_HELD);
        byte[] data = new byte[LARGE];
        new Random(5).nextBytes(data);
        int port = family.v6() ? 40_006 : 40_004;
        var poller = new Poller(8);
        try (var socket = lab.client.in(() -> new DatagramSocket(port));
                var wire = Ports.open(lab.client, "eth0", 0x5eed, poller)) {
            socket.setSoTimeout(5_000);
            var parts = new FragmentBuilder(datagram(family, port, data), 0x4711).cut(1200, 2400, 3600, 4800, 6000, 7200);
            for (int i = parts.size() - 1; i >= 0; i--) {
                Ports.send(wire, parts.get(i));
            }
            var reply = new DatagramPacket(new byte[0xffff], 0xffff);
            socket.receive(reply);
            assertThat(java.util.Arrays.copyOf(reply.getData(), reply.getLength())).isEqualTo(data);
        } finally {
            poller.close();
        }
        assertThat(lab.count(Counter.FRAGMENTS_HELD) - heldBefore).isEqualTo(6);
    }

    private byte[] datagram(Family family, int port, byte[] data) {
        String from = family.v6() ? "[" + family.client() + "]:" + port : family.client() + ":" + port;
        String to = family.v6() ? "[" + family.vip() + "]:" + PathLab.ECHO : family.vip() + ":" + PathLab.ECHO;
        lab.client.tryOutput("ping -c 1 -w 2 " + family.vip());
        return FrameBuilder.udp(from, to, data).fragment(0).macs(routersMac(), clientsMac()).build();
    }

    private long clientsMac() {
        return mac(lab.client.output("ip -br link show dev eth0").trim().split("\\s+", -1)[2]);
    }

    private long routersMac() {
        String neighbour = lab.client.output("ip neigh show 198.51.100.1 dev eth0");
        return mac(neighbour.replaceAll("(?s).*lladdr ([0-9a-f:]+).*", "$1"));
    }

    private static long mac(String text) {
        return Long.parseLong(text.replace(":", ""), 16);
    }
}
