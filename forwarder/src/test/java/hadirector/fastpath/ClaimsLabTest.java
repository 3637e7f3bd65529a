package hadirector.fastpath;

import static hadirector.fastpath.PuntLab.CLIENT;
import static hadirector.fastpath.PuntLab.DIRECTOR;
import static hadirector.fastpath.PuntLab.VIP;
import static hadirector.fastpath.PuntLab.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.afpacket.Frame;
import hadirector.lab.Lab;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@Lab
class ClaimsLabTest {
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int MORE_FRAGMENTS = 0x2000;

    private final PuntLab it = new PuntLab();
    private final String mac = it.directorMac();

    @AfterEach
    void close() {
        it.close();
    }

    /// What comes from the client is the answer of a realserver.
    private int register(int sourcePort, int targetPort, int protocol) {
        return it.program.insert(protocol, DIRECTOR, targetPort, VIP, 1, CLIENT, sourcePort);
    }

    @Test
    void arpForAClaimedAddressReachesThePortAndTheHostNeitherAnswersNorLearns() {
        it.director.with("ip addr add " + VIP + "/32 dev lo"); // Without the program, the host would answer.
        it.program.claim(VIP);
        it.director.with("ip neigh flush all");
        it.client.tryOutput("arping -c 2 -w 1 -I eth0 " + VIP);
        assertThat(it.puntedOf()).hasSize(2).allMatch(frame -> frame.startsWith("ffffffffffff"));
        assertThat(it.client.tryOutput("arping -c 1 -w 1 -I eth0 " + VIP)).contains("Received 0 response");
        assertThat(it.director.output("ip neigh show dev eth0")).doesNotContain(CLIENT);

        it.program.release(VIP);
        assertThat(it.client.tryOutput("arping -c 1 -w 5 -f -I eth0 " + VIP)).contains("Received 1 response");
    }

    @Test
    void gratuitousArpOfAnotherForAClaimedAddressIsPunted() {
        it.program.claim(VIP);
        assertThat(it.isPunted(Frame.arpRequest(VIP, VIP))).isTrue();
        assertThat(it.isPunted(Frame.arp(mac, 2, VIP, VIP))).isTrue();
    }

    @Test
    void arpForTheHostsOwnAddressIsTheHosts() {
        it.program.claim(VIP);
        assertThat(it.isPunted(Frame.arpRequest(CLIENT, DIRECTOR))).isFalse();
        assertThat(it.client.tryOutput("arping -c 1 -w 5 -f -I eth0 " + DIRECTOR)).contains("Received 1 response");
    }

    @Test
    void packetsForAClaimedAddressReachThePortOnceAndNeverTheHostsStack() {
        byte[] frame = Frame.udp(mac, CLIENT, 5000, VIP, 53);
        it.puntedOf(frame);
        long before = it.hostCounter("Ip", "InReceives");
        assertThat(it.isPunted(frame)).isFalse();
        assertThat(it.hostCounter("Ip", "InReceives")).isEqualTo(before + 1);

        it.program.claim(VIP);
        assertThat(it.puntedOf(frame, frame)).containsExactly(hex(frame), hex(frame));
        assertThat(it.hostCounter("Ip", "InReceives")).isEqualTo(before + 1);
    }

    @Test
    void everyKindOfPacketForAClaimedAddressIsPunted() {
        it.program.claim(VIP);
        byte[] echo = Frame.ipv4(mac, "", 1, 0, CLIENT, VIP, "0800000000010001");
        byte[] laterFragment = Frame.ipv4(mac, "", UDP, 100, CLIENT, VIP, "00112233");
        byte[] withOptions = Frame.ipv4(mac, "01010101", TCP, 0, CLIENT, VIP, "0".repeat(40));
        byte[] headerOnly = Frame.ipv4(mac, "", UDP, 0, CLIENT, VIP, "");
        assertThat(it.puntedOf(echo, laterFragment, withOptions, headerOnly))
                .containsExactly(hex(echo), hex(laterFragment), hex(withOptions), hex(headerOnly));
    }

    @Test
    void framesForAnotherMacOrOfAVlanAreNotOurs() {
        it.program.claim(VIP);
        it.lab.inSwitch("bridge link set dev " + it.directorNic.port() + " flood on");
        byte[] vlan = Frame.hex(mac + "020000000001" + "8100000a" + "0800"
                + hex(Frame.udp(mac, CLIENT, 5000, VIP, 53)).substring(28));
        byte[] priority = Frame.hex(mac + "020000000001" + "8100a000" + "0800"
                + hex(Frame.udp(mac, CLIENT, 5000, VIP, 53)).substring(28));
        assertThat(it.isPunted(Frame.udp("0200000000aa", CLIENT, 5000, VIP, 53))).isFalse();
        assertThat(it.puntedOf(vlan)).as("tagged, the tag is stripped before the hook").isEmpty();
        assertThat(it.puntedOf(priority)).as("VLAN 0 is no VLAN (802.1p)").hasSize(1);
    }

    @Test
    void framesCutShortAreTheHosts() {
        it.program.claim(VIP);
        byte[] whole = Frame.udp(mac, CLIENT, 5000, VIP, 53);
        byte[] arp = Frame.arpRequest(CLIENT, VIP);
        for (int length = 15; length < 34; length++) {
            assertThat(it.puntedOf(java.util.Arrays.copyOf(whole, length))).as("IPv4, %d bytes", length).isEmpty();
        }
        assertThat(it.puntedOf(java.util.Arrays.copyOf(arp, 41))).isEmpty();
    }

    @Test
    void aRegisteredFlowIsPuntedAndItsNeighboursAreNot() {
        int slot = register(5000, 6000, UDP);
        byte[] ours = Frame.udp(mac, CLIENT, 5000, DIRECTOR, 6000);
        assertThat(it.isPunted(ours)).isTrue();
        assertThat(it.isPunted(Frame.udp(mac, CLIENT, 5001, DIRECTOR, 6000))).isFalse();
        assertThat(it.isPunted(Frame.udp(mac, CLIENT, 5000, DIRECTOR, 6001))).isFalse();
        assertThat(it.isPunted(Frame.udp(mac, DIRECTOR, 5000, DIRECTOR, 6000))).isFalse();
        byte[] tcp = Frame.ipv4(mac, "", TCP, 0, CLIENT, DIRECTOR, Frame.ports(5000, 6000) + "0".repeat(32));
        assertThat(it.isPunted(tcp)).isFalse();

        it.program.table.remove(slot, System.nanoTime());
        assertThat(it.isPunted(ours)).isFalse();
    }

    @Test
    void aRegisteredFlowIsFoundBehindOptionsAndInFirstFragmentsOnly() {
        register(5000, 6000, UDP);
        String datagram = Frame.ports(5000, 6000) + "000a00006869";
        assertThat(it.isPunted(Frame.ipv4(mac, "01010101", UDP, 0, CLIENT, DIRECTOR, datagram))).isTrue();
        assertThat(it.isPunted(Frame.ipv4(mac, "01".repeat(40), UDP, 0, CLIENT, DIRECTOR, datagram))).isTrue();
        assertThat(it.isPunted(Frame.ipv4(mac, "", UDP, MORE_FRAGMENTS, CLIENT, DIRECTOR, datagram))).isTrue();
        assertThat(it.isPunted(Frame.ipv4(mac, "", UDP, MORE_FRAGMENTS | 1, CLIENT, DIRECTOR, datagram))).isFalse();
        assertThat(it.isPunted(Frame.ipv4(mac, "", UDP, 0, CLIENT, DIRECTOR, "1388"))).isFalse();
    }

    @Test
    void theHostsOwnTcpSessionsWithTheSamePeerAndPortAreUntouched() throws Exception {
        it.program.claim(VIP);
        register(7000, 40000, TCP);
        try (ServerSocket server = it.client.in(() -> new ServerSocket(7000));
                Socket own = it.director.in(() -> new Socket(CLIENT, 7000));
                Socket accepted = server.accept()) {
            for (int i = 0; i < 100; i++) {
                own.getOutputStream().write(i);
                assertThat(accepted.getInputStream().read()).isEqualTo(i);
                accepted.getOutputStream().write(i);
                assertThat(own.getInputStream().read()).isEqualTo(i);
            }
            assertThat(it.puntedOf()).isEmpty();

            assertThatThrownBy(() -> it.director.in(() -> {
                        try (var taken = new Socket()) {
                            taken.bind(new InetSocketAddress(InetAddress.getByName(DIRECTOR), 40000));
                            taken.connect(new InetSocketAddress(CLIENT, 7000), 300);
                            return taken;
                        }
                    }))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class);
            assertThat(it.puntedOf()).isNotEmpty();
        }
    }
}
