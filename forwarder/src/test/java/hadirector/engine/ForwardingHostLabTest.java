package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.engine.ProgramsLab.Family;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A director whose host is a router as well and masquerades for the realservers: what is the director's it must not forward a second time, and
/// what is not the director's it must still get.
@Lab
@NeedsCommand(value = "nginx", debianPackage = "nginx-light")
@NeedsCommand("curl")
@NeedsCommand("rsync")
@NeedsCommand("iperf3")
@NeedsCommand(value = "dig", debianPackage = "bind9-dnsutils")
@NeedsCommand(value = "dnsmasq", debianPackage = "dnsmasq-base")
@NeedsCommand("tcpdump")
@NeedsCommand(value = "nft", debianPackage = "nftables")
class ForwardingHostLabTest {
    private static final int LARGE = 5_000;
    private static final int ERRORS = 4;
    private static final int PATIENCE_MILLIS = 5_000;

    /// Who forwards, who begins connections, and what else the host does.
    record Way(boolean offload, boolean schedule, boolean masquerade) {}

    @Nested
    class ByTheKernel extends ForwardingHost {
        ByTheKernel() {
            super(new Way(true, false, false));
        }
    }

    @Nested
    class ByJava extends ForwardingHost {
        ByJava() {
            super(new Way(false, false, false));
        }
    }

    @Nested
    class ScheduledByTheKernel extends ForwardingHost {
        ScheduledByTheKernel() {
            super(new Way(true, true, false));
        }
    }

    /// Masquerading follows connections, for which the kernel puts fragments together first.
    @Nested
    class ByTheKernelBesideMasquerading extends ForwardingHost {
        ByTheKernelBesideMasquerading() {
            super(new Way(true, false, true));
        }
    }

    abstract static class ForwardingHost extends EngineLabTests<ProgramsLab> {
        private final Way way;

        ForwardingHost(Way way) {
            this.way = way;
        }

        static List<Family> families() {
            return ProgramsLab.FAMILIES;
        }

        @Override
        ProgramsLab open(Path forPrograms) throws Exception {
            var opened = new ProgramsLab(forPrograms, 1500, way.offload, way.schedule);
            opened.director.sysctl("net.ipv4.ip_forward", "1").sysctl("net.ipv6.conf.all.forwarding", "1");
            opened.client.with("ip route add 10.1.0.0/24 via 192.0.2.2").with("ip route add fd00:1::/64 via 2001:db8::2");
            if (way.masquerade) {
                masquerade(opened.director);
            }
            return opened;
        }

        private static void masquerade(Host director) {
            director.shell("""
                    nft -f - <<END
                    table inet outbound {
                      chain out { type nat hook postrouting priority srcnat; ip saddr 10.1.0.0/24 masquerade; ip6 saddr fd00:1::/64 masquerade; }
                    }
                    END
                    """);
        }

        @ParameterizedTest
        @MethodSource("families")
        void answersInFragmentsComeOnceAndFromTheVipAlone(Family family) throws Exception {
            try (var wire = Capture.of(lab.client, "eth0", "inbound and (udp or ip[6:2] & 0x1fff != 0 or ip6[6] = 44)")) {
                for (int i = 0; i < 10; i++) {
                    String said = lab.client.output("dig +notcp +ignore +bufsize=4096 +tries=1 @" + family.vip() + " " + ProgramsLab.LARGE_NAME + " TXT +short");
                    assertThat(said.lines()).hasSize(ProgramsLab.strings().size());
                }
                assertThat(wire.lines()).isNotEmpty().allSatisfy(line -> assertThat(line).contains(" " + family.vip()));
            }
        }

        @ParameterizedTest
        @MethodSource("families")
        void errorsOfTheRealserverComeOnceAndFromTheVipAlone(Family family) throws Exception {
            try (var wire = Capture.of(lab.client, "eth0", "inbound and (icmp or (icmp6 and ip6[40] < 128))")) {
                for (int i = 0; i < ERRORS; i++) {
                    assertThatThrownBy(() -> exchange(lab.client, family.vip(), family.iperfPort(), 100)).isInstanceOf(PortUnreachableException.class);
                }
                assertThat(wire.lines()).hasSizeBetween(1, ERRORS).allSatisfy(line -> assertThat(line).contains(" " + family.vip() + " >"));
            }
        }

        @ParameterizedTest
        @MethodSource("families")
        void whatTheHostItselfAskedForReachesIt(Family family) {
            String said = lab.director.output("dig +notcp +ignore +bufsize=4096 @" + family.server() + " " + ProgramsLab.LARGE_NAME + " TXT +short");
            assertThat(said.lines()).hasSize(ProgramsLab.strings().size());
            assertThatThrownBy(() -> exchange(lab.director, family.server(), family.iperfPort(), 100)).isInstanceOf(PortUnreachableException.class);
        }

        /// Large datagrams of the realserver to a server outside, and errors about its answers.
        @ParameterizedTest
        @MethodSource("families")
        void whatRealserversSendOutThroughTheHostGoesThrough(Family family) throws Exception {
            try (var outside = lab.client.in(() -> new DatagramSocket(9_000));
                    var inside = lab.realServer.in(() -> new DatagramSocket())) {
                byte[] data = new byte[LARGE];
                new Random(LARGE).nextBytes(data);
                outside.setSoTimeout(PATIENCE_MILLIS);
                inside.send(new DatagramPacket(data, LARGE, InetAddress.getByName(family.client()), 9_000));
                var received = new DatagramPacket(new byte[2 * LARGE], 2 * LARGE);
                outside.receive(received);
                assertThat(java.util.Arrays.copyOf(received.getData(), received.getLength())).isEqualTo(data);
                outside.send(new DatagramPacket(data, LARGE, received.getSocketAddress()));
                inside.setSoTimeout(PATIENCE_MILLIS);
                inside.receive(received);
                assertThat(received.getLength()).isEqualTo(LARGE);
            }
        }

        /// Sends a datagram and waits for an answer.
        private static int exchange(Host host, String to, int port, int length) throws Exception {
            try (var socket = host.in(() -> new DatagramSocket())) {
                socket.connect(new InetSocketAddress(to, port));
                socket.setSoTimeout(PATIENCE_MILLIS);
                socket.send(new DatagramPacket(new byte[length], length));
                var answer = new DatagramPacket(new byte[length], length);
                socket.receive(answer);
                return answer.getLength();
            }
        }
    }
}
