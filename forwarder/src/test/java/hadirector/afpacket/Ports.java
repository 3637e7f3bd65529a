package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import hadirector.lab.Host;
import hadirector.linux.Poller;
import hadirector.netlink.Netlink;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Ports of a host's interfaces as tests use them.
public final class Ports {
    private Ports() {}

    public static int ifindex(Host host, String interfaceName) {
        return host.in(() -> {
            try (var netlink = new Netlink()) {
                return netlink.links().stream()
                        .filter(link -> link.name().equals(interfaceName))
                        .findFirst()
                        .orElseThrow()
                        .index();
            }
        });
    }

    public static PacketPort open(Host host, String interfaceName, int mark, Poller poller) {
        return open(host, interfaceName, mark, poller, () -> true);
    }

    public static PacketPort open(Host host, String interfaceName, int mark, Poller poller, BooleanSupplier gate) {
        int ifindex = ifindex(host, interfaceName);
        return host.in(() -> PacketPort.open(interfaceName, ifindex, mark, poller, gate));
    }

    /// Sends a frame of bytes.
    public static void send(PacketPort port, byte[] frame) {
        int slot = port.make();
        port.length(slot, frame.length);
        MemorySegment.copy(frame, 0, port.memory(), JAVA_BYTE, port.frame(slot), frame.length);
        port.send(port, slot);
        port.flush();
    }

    /// What the port has received, without waiting.
    public static List<byte[]> received(PacketPort port) {
        var frames = new ArrayList<byte[]>();
        int n = port.receive();
        for (int slot = 0; slot < n; slot++) {
            frames.add(port.memory().asSlice(port.frame(slot), port.length(slot)).toArray(JAVA_BYTE));
        }
        return frames;
    }
}
