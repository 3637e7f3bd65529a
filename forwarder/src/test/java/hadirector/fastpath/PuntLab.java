package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.Frame;
import hadirector.afpacket.PacketPort;
import hadirector.afpacket.Ports;
import hadirector.lab.Host;
import hadirector.lab.NetLab;
import hadirector.lab.Nic;
import hadirector.lab.Segment;
import hadirector.linux.Poller;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// A client and a director on one segment; the program is attached to the director's eth0 and its port open.
final class PuntLab implements AutoCloseable {
    static final String CLIENT = "10.77.0.1";
    static final String DIRECTOR = "10.77.0.2";
    static final String VIP = "10.77.0.100";
    private static final String MARKER = "10.77.0.255";
    private static final int ANY_MARK = 1;

    final NetLab lab = new NetLab();
    final Segment lan = lab.segment("lan");
    final Host client = lab.host("client");
    final Host director = lab.host("director");
    final Nic clientNic = client.nic("eth0", lan, CLIENT + "/24");
    final Nic directorNic = director.nic("eth0", lan, DIRECTOR + "/24");
    final TestFastPath program;
    final Poller poller = new Poller(PacketPort.DESCRIPTORS);
    final PacketPort port;
    private final Poller senderPoller = new Poller(PacketPort.DESCRIPTORS);
    final PacketPort sender = Ports.open(client, "eth0", ANY_MARK, senderPoller);

    PuntLab() {
        int ifindex = Ports.ifindex(director, "eth0");
        program = director.in(() -> {
            var loaded = new TestFastPath();
            loaded.attach(ifindex);
            return loaded;
        });
        port = Ports.open(director, "eth0", FastPath.MARK, poller);
        port.sendThrough(director.in(program.path::outlet));
        program.claim(MARKER);
    }


    String directorMac() {
        return Frame.mac(directorNic.mac());
    }

    /// Sends frames from the client's interface and a last one that is certainly punted; returns, as hex, what the director's
    /// port has received before that: order is kept on the way, so no time is waited for nothing.
    List<String> puntedOf(byte[]... frames) {
        for (byte[] frame : frames) {
            Ports.send(sender, frame);
        }
        byte[] marker = Frame.udp(directorMac(), CLIENT, 1, MARKER, 2);
        Ports.send(sender, marker);
        return receivedBefore(hex(marker));
    }

    boolean isPunted(byte[] frame) {
        return puntedOf(frame).contains(hex(frame));
    }

    static String hex(byte[] frame) {
        return HexFormat.of().formatHex(frame);
    }

    /// A counter of /proc/net/snmp on the director, as `Ip`, `InReceives`.
    long hostCounter(String protocol, String name) {
        var lines = director.output("grep -h ^" + protocol + ": /proc/thread-self/net/snmp").lines().toList();
        var names = List.of(lines.getFirst().split(" ", -1));
        return Long.parseLong(lines.getLast().split(" ", -1)[names.indexOf(name)]);
    }

    @Override
    public void close() {
        port.close();
        sender.close();
        program.close();
        poller.close();
        senderPoller.close();
        lab.close();
    }

    private List<String> receivedBefore(String marker) {
        var received = new ArrayList<String>();
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (true) {
            for (byte[] frame : Ports.received(port)) {
                if (hex(frame).equals(marker)) {
                    return received;
                }
                received.add(hex(frame));
            }
            assertThat(deadline - System.nanoTime()).as("time left for the marker frame").isPositive();
            poller.await(1000);
        }
    }
}
