package hadirector.engine;

import hadirector.afpacket.PacketPort;

/// One interface that the engine works on. Owner thread.
final class Arm {
    final PacketPort port;

    /// The interface's own MAC (48 bits), by which all floating addresses are reached here.
    long mac;

    Arm(PacketPort port, long mac) {
        this.port = port;
        this.mac = mac;
    }

    String name() {
        return port.name();
    }

    int ifindex() {
        return port.ifindex();
    }
}
