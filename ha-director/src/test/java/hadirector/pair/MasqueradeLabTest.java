package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Realservers behind NAT reach out. The outside host knows no way to 10.1.0.0/24 and fd00:1::/64: it can only answer a
/// director's own address.
@Lab
@NeedsCommand(value = "nft", debianPackage = "nftables")
@NeedsCommand(value = "curl", debianPackage = "curl")
class MasqueradeLabTest {
    private static final int OUTSIDE = 8081;

    private final DirectorPair pair = new DirectorPair(1);
    private final Host realServer = pair.realServers.getFirst();

    @BeforeEach
    void start() throws Exception {
        for (int i = 1; i <= 2; i++) {
            pair.host("lb" + i)
                    .shell("""
                            sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0 net.ipv6.conf.eth1.disable_ipv6=0
                            sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
                            ip addr add 2001:db8::%d/64 dev eth0 nodad
                            ip addr add fd00:1::%d/64 dev eth1 nodad
                            nft add table inet firewall
                            """.formatted(i, i + 1));
        }
        v6(pair.client, "2001:db8::100/64");
        v6(realServer, "fd00:1::11/64");
        serve(pair.client);
        serve(pair.host("lb1"));
        pair.config(
                "\"192.0.2.10/24@eth0\"",
                "\"10.1.0.1/24@eth1\"",
                "masquerade = [\"10.1.0.0/24\", \"fd00:1::/64\"]",
                pair.service("shop", "tcp", 80));
    }

    private static void v6(Host host, String address) {
        host.shell("sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0\nip addr add "
                + address + " dev eth0 nodad");
    }

    /// A web server on all addresses.
    private static void serve(Host host) {
        var _ = host.in(() -> {
            var server = HttpServer.create(new InetSocketAddress(OUTSIDE), 16);
            server.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            });
            server.start();
            return server;
        });
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private String curl(Host from, String address) {
        return from.tryOutput("curl -s -o /dev/null -m 2 -w %{http_code} http://" + address + ":" + OUTSIDE + "/");
    }

    private void awaitWayOut(String what, String address) throws InterruptedException {
        pair.await(what, () -> curl(realServer, address).equals("200"));
    }

    private String rules(String director) {
        return pair.host(director).tryOutput("nft list ruleset");
    }

    /// Of the director's own host, from an address that lies in the masqueraded range, open before the rules came: lines, each
    /// answered.
    private static final class Session implements AutoCloseable {
        private final SocketChannel channel;

        Session(String to) throws IOException {
            channel = SocketChannel.open();
            channel.bind(new InetSocketAddress("10.1.0.2", 0));
            channel.connect(new InetSocketAddress(to, DirectorPair.PORT));
            channel.socket().setSoTimeout(5_000);
        }

        String ask() {
            try {
                channel.socket().getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
                return new BufferedReader(new InputStreamReader(channel.socket().getInputStream(), StandardCharsets.UTF_8)).readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    @Test
    void realServersReachOutThroughTheHolderAndTheDirectorsOwnTrafficGoesOn() throws Exception {
        pair.client.with("ip route add 10.1.0.2/32 via 192.0.2.1"); // For the director's session alone.
        try (var _ = pair.client.in(() -> new EchoServer("outside", DirectorPair.PORT));
                var session = pair.host("lb1").in(() -> new Session("192.0.2.100"))) {
            assertThat(session.ask()).isEqualTo("outside hello");
            assertThat(curl(realServer, "192.0.2.100")).isEqualTo("000");
            pair.startBoth();
            awaitWayOut("a way out through lb1", "192.0.2.100");
            assertThat(rules("lb1")).contains("table inet hadirector", "table inet firewall");
            assertThat(rules("lb2")).doesNotContain("hadirector").contains("table inet firewall");
            assertThat(session.ask()).isEqualTo("outside hello"); // Its packets are not rewritten in mid-course.
            assertThat(curl(pair.host("lb1"), "192.0.2.100")).isEqualTo("200");
            assertThat(curl(pair.client, "192.0.2.1")).isEqualTo("200");
            try (var service = pair.pingPong(3)) { // NAT of the service goes beside it.
                assertThat(service.failures()).isEmpty();
            }

            realServer.with("ip -6 route add default via fd00:1::2");
            awaitWayOut("a way out by IPv6", "[2001:db8::100]");

            pair.failover("lb2");
            awaitWayOut("a way out through lb2", "192.0.2.100");
            assertThat(rules("lb2")).contains("table inet hadirector");
            pair.await("lb1 lets go", () -> !rules("lb1").contains("hadirector"));
            assertThat(session.ask()).isEqualTo("outside hello");
            pair.process("lb2").signal("TERM");
            pair.await("all of it is gone", () -> !rules("lb2").contains("hadirector"));
            assertThat(rules("lb2")).contains("table inet firewall");
            assertThat(session.ask()).isEqualTo("outside hello");
        }
    }

    @Test
    void whatAKilledDirectorLeavesIsReplacedAtItsStart() throws Exception {
        pair.startBoth();
        awaitWayOut("a way out through lb1", "192.0.2.100");
        pair.process("lb1").signal("KILL");
        pair.awaitHolder("lb2", "lb2");
        awaitWayOut("a way out through lb2", "192.0.2.100");
        assertThat(rules("lb1")).contains("hadirector");
        pair.start("lb1");
        pair.await("the left-overs are gone", () -> !rules("lb1").contains("hadirector"));
        pair.awaitSettled("lb2");
        pair.host("lb2").with("nft flush ruleset");
        pair.await("flushed rules come back", () -> rules("lb2").contains("hadirector"));
        awaitWayOut("a way out again", "192.0.2.100");
    }
}
