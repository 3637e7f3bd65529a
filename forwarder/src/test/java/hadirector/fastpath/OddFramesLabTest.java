package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.Ports;
import hadirector.conn.FlowRecord;
import hadirector.forward.FlowRecords;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import hadirector.lab.NetLab;
import hadirector.linux.Descriptors;
import hadirector.linux.Sockets;
import hadirector.model.IpAddress;
import hadirector.packet.EthernetView;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Frames of a known flow that come in a shape in which test runs cannot bring them, between two wires.
@Lab
@NeedsCommand(value = "tcpdump", debianPackage = "tcpdump")
class OddFramesLabTest {
    private static final String VIP = "192.0.2.10";
    private static final String CLIENT = "10.1.0.1";
    private static final String SERVER = "10.2.0.11";
    private static final int SOL_PACKET = 263;
    private static final int PACKET_VNET_HDR = 15;
    private static final int VNET_LENGTH = 10;
    private static final int MTU = 9_000;

    private final NetLab lab = new NetLab();
    private final Host client = lab.host("client");
    private final Host director = lab.host("director");
    private final Host server = lab.host("server");
    private final TestFastPath path = director.in(TestFastPath::new);

    @BeforeEach
    void plug() {
        lab.cable(client, "eth0", director, "eth0");
        lab.cable(server, "eth0", director, "eth1");
        client.with("ip link set eth0 mtu " + MTU);
        server.with("ip link set eth0 mtu " + MTU);
        director.with("ip link set eth0 mtu " + MTU).with("ip link set eth1 mtu " + MTU);
        int in = Ports.ifindex(director, "eth0");
        director.in(() -> {
            path.attach(in);
            return path;
        });
        int slot = path.insert(6, CLIENT, 4000, VIP, 80, SERVER, 8080);
        var records = path.table.records(slot);
        long there = path.table.recordAt(slot, 0);
        FlowRecords.toRealServer(records, there, IpAddress.of(VIP).v4(), 80, IpAddress.of(SERVER).v4(), 8080);
        FlowRecords.nextHop(records, there, mac(server, "eth0"), mac(director, "eth1"), Ports.ifindex(director, "eth1"));
        FlowRecords.flags(records, there, FlowRecord.REWRITE_DESTINATION | FlowRecord.OFFLOAD);
    }

    @AfterEach
    void close() {
        path.close();
        lab.close();
    }

    private byte[] segment(int length) {
        return FrameBuilder.tcp(CLIENT + ":4000", VIP + ":80", TcpView.ACK, new byte[length])
                .macs(mac(director, "eth0"), mac(client, "eth0"))
                .build();
    }

    private long forwarded() {
        long[] forwarded = new long[1];
        path.maps.verdicts().sum(Verdict.FRAMES_FORWARDED.index, forwarded);
        return forwarded[0];
    }

    /// A switch may give every frame a tag without a VLAN (802.1p). It came to the hook out of band and would leave with the frame.
    @Test
    void aPriorityTagEndsAtTheDirector() throws Exception {
        var dump = server.start("tcpdump", "-l", "-n", "-e", "-c", "1", "-i", "eth0", "tcp or vlan");
        dump.awaitOutput("listening on", Duration.ofSeconds(30));
        byte[] plain = segment(10);
        var tagged = ByteBuffer.allocate(plain.length + 4).put(plain, 0, 12).putInt(0x8100_a000).put(plain, 12, plain.length - 12);
        send(tagged.array());
        dump.awaitOutput("> " + SERVER + ".8080", Duration.ofSeconds(30));
        assertThat(forwarded()).isOne();
        assertThat(dump.output()).doesNotContain("802.1Q");
    }

    /// Some drivers leave all but the Ethernet header in page fragments.
    @Test
    void headersThatAreNotInTheLinearPartAreForwardedAsAnyOthers() {
        send(segment(5_000));
        assertThat(forwarded()).isOne();
    }

    /// The kernel takes no more than the header's length into the linear part of a frame longer than a page.
    private void send(byte[] frame) {
        int ifindex = Ports.ifindex(client, "eth0");
        boolean sent = client.in(() -> {
            int fd = Sockets.open(Sockets.AF_PACKET, Sockets.SOCK_RAW, 0);
            try (var arena = Arena.ofConfined()) {
                Sockets.setOption(fd, SOL_PACKET, PACKET_VNET_HDR, 1);
                var address = arena.allocate(20, Integer.BYTES); // struct sockaddr_ll
                address.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_PACKET);
                address.set(ValueLayout.JAVA_INT, 4, ifindex);
                Sockets.bind(fd, address);
                var message = arena.allocate(VNET_LENGTH + frame.length, Long.BYTES);
                message.set(ValueLayout.JAVA_SHORT, 2, (short) EthernetView.LENGTH);
                MemorySegment.copy(frame, 0, message, ValueLayout.JAVA_BYTE, VNET_LENGTH, frame.length);
                return Descriptors.write(fd, message) == message.byteSize();
            } finally {
                Descriptors.close(fd);
            }
        });
        assertThat(sent).isTrue();
    }

    private static long mac(Host host, String interfaceName) {
        String text = host.output("ip -br link show dev " + interfaceName).trim().split("\\s+", -1)[2];
        return Long.parseLong(text.replace(":", ""), 16) & EthernetView.BROADCAST;
    }
}
