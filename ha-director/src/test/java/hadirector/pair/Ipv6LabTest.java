package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.admin.Reply;
import hadirector.engine.Counter;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// IPv6 as operators run it: the kernel forwards what it can.
@Lab
class Ipv6LabTest extends Ipv6Lab {
    private static final int FILE_BYTES = 200 << 20;

    Ipv6LabTest() {
        super("packet");
    }

    @Test
    void theOldFamilyIsServedByTheSameGroup() {
        assertThat(clients.served(DirectorPair.VIP, ECHO, 4)).containsOnlyKeys("rs1", "rs2");
    }

    @Test
    void onlyTheHolderAnswersForVipAndGateway() {
        assertThat(pair.client.output("ping -6 -c 2 -i 0.1 " + VIP)).contains(" 2 received");
        assertThat(pair.realServers.getFirst().output("ping -6 -c 2 -i 0.1 " + GATEWAY)).contains(" 2 received");
        assertThat(pair.client.output("ping -6 -c 2 -i 0.1 -s 30000 2001:db8::21")).as("the host's own").contains(" 2 received");
        pair.client.with("ip -6 neigh flush dev eth0");
        assertThat(clients.served(VIP, 80)).startsWith("dr");
        assertThat(pair.client.output("ip -6 neigh show " + VIP)).contains(pair.nic("lb1", 0).mac());
        assertThat(pair.realServers.getFirst().output("ip -6 neigh show " + GATEWAY))
                .contains(pair.nic("lb1", 1).mac() + " router");
    }

    @Test
    void onlyTheHolderHasJoinedTheGroupsByWhichNeighboursAsk() {
        assertThat(pair.host("lb1").output("ip -6 maddr show dev eth0")).contains("ff02::1:ff00:10");
        assertThat(pair.host("lb1").output("ip -6 maddr show dev eth1")).contains("ff02::1:ff00:1\n");
        assertThat(pair.host("lb2").output("ip -6 maddr show dev eth0")).doesNotContain("ff02::1:ff00:10");
    }

    /// Its answer could only come on a link of the realserver's.
    @Test
    void aLinkLocalClientIsServedByDirectRoutingAlone() throws Exception {
        var words = pair.client.output("ip -6 -o addr show dev eth0 scope link").split("\\s+", 5); // 3: eth0 inet6 fe80::1/64
        var own = new InetSocketAddress(words[3].replaceAll("/.*", "%") + words[0].replace(":", ""), 0);
        try (var socket = pair.client.in(() -> new DatagramSocket(own))) {
            socket.setSoTimeout(10_000);
            socket.send(new DatagramPacket(new byte[9], 9, new InetSocketAddress(VIP, 1007)));
            pair.await("dropped", () -> pair.counter("lb1", Counter.DROP_SCOPE) > 0);
            socket.send(new DatagramPacket(new byte[7], 7, new InetSocketAddress(VIP, RAW)));
            var answer = new DatagramPacket(new byte[9], 9);
            socket.receive(answer);
            assertThat(answer.getLength()).isEqualTo(7);
        }
    }

    @Test
    void whoProbesForTheVipLearnsThatItIsTaken() throws Exception {
        var stranger = pair.lab.host("stranger");
        stranger.nic("eth0", pair.outside);
        stranger.shell("cd /proc/sys/net/ipv6/conf; echo 2 > eth0/accept_dad; echo 0 > eth0/disable_ipv6");
        stranger.with("ip addr add " + VIP + "/64 dev eth0");
        pair.await("dadfailed", () -> stranger.output("ip -6 addr show dev eth0").contains("dadfailed"));
        assertThat(clients.served(VIP, 80)).startsWith("dr");
    }

    @Test
    void noServiceIsSaidAtOnce() throws Exception {
        assertThat(clients.connects(VIP, 9, 5_000)).isFalse();
        assertThat(pair.counter("lb1", Counter.RESETS_SENT)).isPositive();
        try (var socket = clients.datagrams(VIP, 9)) {
            socket.setSoTimeout(10_000);
            socket.send(new DatagramPacket(new byte[9], 9));
            assertThatThrownBy(() -> socket.receive(new DatagramPacket(new byte[9], 9)))
                    .isInstanceOf(PortUnreachableException.class);
        }
    }

    @Test
    void connectionsOfBothMethodsSurviveKill9AndTheWayBack() throws Exception {
        try (var nat = pair.client.in(() -> new PingPong(VIP, 1080, 6, Duration.ofMillis(20))).awaitConnected();
                var dr = pair.client.in(() -> new PingPong(VIP, 80, 6, Duration.ofMillis(20))).awaitConnected()) {
            nat.awaitAnswers(60);
            assertThat(pair.connections("lb1", "nat")).extracting(Reply.Connection::real).contains("[fd00:1::11]:80");
            pair.process("lb1").kill();
            pair.awaitHolder("lb2", "lb2");
            nat.awaitAnswers(120);
            dr.awaitAnswers(120);
            assertThat(pair.client.output("ip -6 neigh show " + VIP)).contains(pair.nic("lb2", 0).mac());
            pair.start("lb1");
            pair.awaitSettled("lb2");
            pair.failover("lb1");
            nat.awaitAnswers(120);
            dr.awaitAnswers(120);
            assertThat(nat.failures()).isEmpty();
            assertThat(dr.failures()).isEmpty();
        }
        pair.awaitSettled("lb1");
    }

    @Test
    @NeedsCommand("nginx")
    @NeedsCommand("curl")
    void aLargeFileOfAWebServerArrivesUnharmed() throws Exception {
        var folder = Files.createTempDirectory("hadirector-lab-web");
        try {
            var file = folder.resolve("file");
            var block = new byte[1 << 20];
            try (var out = Files.newOutputStream(file)) {
                for (int i = 0; i < FILE_BYTES / block.length; i++) {
                    new Random(i).nextBytes(block);
                    out.write(block);
                }
            }
            pair.realServers.forEach(host -> web(host, folder));
            String sum = pair.client.output("sha256sum " + file).split(" ", 2)[0];
            for (int i = 0; i < 2; i++) {
                assertThat(pair.client.shell("curl -sS -m 60 --retry 20 --retry-connrefused --retry-delay 1 http://[%s]:1088/file | sha256sum".formatted(VIP)))
                        .startsWith(sum);
            }
            assertThat(pair.counter("lb1", Counter.FRAMES_OFFLOADED)).isPositive();
        } finally {
            delete(folder);
        }
    }

    private static void web(Host host, Path folder) {
        String config = "daemon off; pid %1$s/%2$s.pid; error_log stderr; events {} http { access_log off; client_body_temp_path %1$s/b; server { listen [::]:%3$d; root %1$s; } }"
                .formatted(folder, host.name(), WEB);
        try {
            Files.writeString(folder.resolve(host.name() + ".conf"), "user root; " + config);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        var _ = host.start("nginx", "-c", folder.resolve(host.name() + ".conf").toString());
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
