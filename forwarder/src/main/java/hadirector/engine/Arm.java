package hadirector.engine;

import hadirector.afpacket.PacketPort;
import hadirector.netlink.Link;

/// One interface that the engine works on. Owner thread.
final class Arm {
    final PacketPort port;

    /// The interface's own MAC (48 bits), by which all floating addresses are reached here.
    long mac;

    int mtu;
    /// How the kernel serves it, for the operator.
    String hook = "";

    /// Whether XDP may send by it.
    boolean accelerated;

    private boolean running;

    Arm(PacketPort port, Link link) {
        this.port = port;
        mac = link.mac();
        mtu = link.mtu();
        running = link.running();
    }

    /// Takes over what has changed.
    ///
    /// @return whether neighbours have to be told: the MAC is another, or the carrier is back, at whatever port of a switch
    boolean take(Link link) {
        boolean news = link.mac() != mac || (link.running() && !running);
        mac = link.mac();
        mtu = link.mtu();
        running = link.running();
        return news;
    }

    String name() {
        return port.name();
    }

    int ifindex() {
        return port.ifindex();
    }
}
