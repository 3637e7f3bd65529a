package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.Ports;
import hadirector.conn.FlowRecord;
import hadirector.forward.FlowRecords;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import hadirector.lab.NetLab;
import hadirector.model.IpAddress;
import hadirector.packet.EthernetView;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Datagrams of real sockets through the loaded program between two wires. The senders leave their checksums partial, as veth lets them; behind
/// the program the kernel completes them, and the receivers verify.
@Lab
@NeedsCommand(value = "ethtool", debianPackage = "ethtool")
class RealTrafficLabTest {
    private static final String VIP = "192.0.2.10";
    private static final String CLIENT = "10.1.0.1";
    private static final String SERVER = "10.2.0.11";
    private static final int UDP = 17;
    private static final int CLIENT_PORT = 4000;
    private static final int VIP_PORT = 80;
    private static final int SERVER_PORT = 8080;
    private static final int DATAGRAMS = 100;

    private final NetLab lab = new NetLab();
    private final Host client = lab.host("client");
    private final Host director = lab.host("director");
    private final Host server = lab.host("server");

    @BeforeEach
    void plug() {
        lab.cable(client, "eth0", director, "eth0");
        lab.cable(server, "eth0", director, "eth1");
        client.with("ip addr add " + CLIENT + "/24 dev eth0").with("ip route add 192.0.2.0/24 via 10.1.0.2");
        server.with("ip addr add " + SERVER + "/24 dev eth0").with("ip route add default via 10.2.0.2");
        director.with("ip addr add 10.1.0.2/24 dev eth0").with("ip addr add 10.2.0.2/24 dev eth1");
        director.with("ethtool -K eth0 tx off").with("ethtool -K eth1 tx off");
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void checksumsThatCameInPartialAreRightWhenTheyAreComplete() {
        assertThat(forwardedOf(FastPath.Acceleration.OFF)).isEqualTo(2 * DATAGRAMS);
    }

    /// Whole checksums, as a wire has them: XDP cannot know others. The far ends take what XDP sends only with NAPI.
    @Test
    void withXdpInFrontTheSameArrives() {
        client.with("ethtool -K eth0 tx off").with("ethtool -K eth0 gro on");
        server.with("ethtool -K eth0 tx off").with("ethtool -K eth0 gro on");
        assertThat(forwardedOf(FastPath.Acceleration.XDP)).isEqualTo(2 * DATAGRAMS);
    }

    private long forwardedOf(FastPath.Acceleration acceleration) {
        try (var path = director.in(() -> new TestFastPath(acceleration))) {
            int in = Ports.ifindex(director, "eth0");
            int out = Ports.ifindex(director, "eth1");
            director.in(() -> {
                path.attach(in);
                path.attach(out);
                return path;
            });
            int slot = path.insert(UDP, CLIENT, CLIENT_PORT, VIP, VIP_PORT, SERVER, SERVER_PORT);
            var records = path.table.records(slot);
            long there = path.table.recordAt(slot, 0);
            long back = path.table.recordAt(slot, 1);
            FlowRecords.toRealServer(records, there, v4(VIP), VIP_PORT, v4(SERVER), SERVER_PORT);
            FlowRecords.toClient(records, back, v4(SERVER), SERVER_PORT, v4(VIP), VIP_PORT);
            FlowRecords.nextHop(records, there, mac(server, "eth0"), mac(director, "eth1"), out);
            FlowRecords.nextHop(records, back, mac(client, "eth0"), mac(director, "eth0"), in);
            FlowRecords.flags(records, there, FlowRecord.REWRITE_DESTINATION | FlowRecord.OFFLOAD);
            FlowRecords.flags(records, back, FlowRecord.REWRITE_SOURCE | FlowRecord.OFFLOAD);
            talk();
            long[] forwarded = new long[1];
            path.maps.verdicts().sum(Verdict.FRAMES_FORWARDED.index, forwarded);
            return forwarded[0];
        }
    }

    private void talk() {
        try (var asking = client.in(() -> new DatagramSocket(new InetSocketAddress(CLIENT, CLIENT_PORT)));
                var answering = server.in(() -> new DatagramSocket(new InetSocketAddress(SERVER, SERVER_PORT)))) {
            asking.setSoTimeout(10_000);
            answering.setSoTimeout(10_000);
            asking.connect(InetAddress.getByName(VIP), VIP_PORT);
            var random = new Random(1);
            for (int i = 1; i <= DATAGRAMS; i++) {
                byte[] data = new byte[i * 14];
                random.nextBytes(data);
                asking.send(new DatagramPacket(data, data.length));
                var asked = new DatagramPacket(new byte[2_000], 2_000);
                answering.receive(asked);
                answering.send(asked);
                var answer = new DatagramPacket(new byte[2_000], 2_000);
                asking.receive(answer);
                assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(data);
            }
        } catch (java.io.IOException e) {
            throw new AssertionError("a datagram was lost: " + e.getMessage(), e);
        }
    }

    private static int v4(String address) {
        return IpAddress.of(address).v4();
    }

    private static long mac(Host host, String interfaceName) {
        String text = host.output("ip -br link show dev " + interfaceName).trim().split("\\s+", -1)[2];
        return Long.parseLong(text.replace(":", ""), 16) & EthernetView.BROADCAST;
    }
}
