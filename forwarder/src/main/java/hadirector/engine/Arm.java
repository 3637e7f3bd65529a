package hadirector.engine;

import hadirector.afpacket.PacketPort;
import hadirector.model.IpAddress;
import hadirector.netlink.InterfaceAddress;
import hadirector.netlink.Link;
import hadirector.packet.Ipv6View;
import java.util.Collection;
import java.util.Comparator;
import java.util.function.Predicate;

/// One interface that the engine works on. Owner thread.
final class Arm {
    static final IpAddress NO_ADDRESS = new IpAddress(0, 0);

    final PacketPort port;

    /// The interface's own MAC (48 bits), by which all floating addresses are reached here.
    long mac;

    int mtu;
    /// How the kernel serves it, for the operator.
    String hook = "";

    /// Whether XDP may send by it.
    boolean accelerated;

    /// Addresses of the interface's own, the kernel's; zeros if it has none of that family.
    private IpAddress v4 = NO_ADDRESS;

    private IpAddress v6 = NO_ADDRESS;
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

    /// Takes over which addresses the kernel has on all interfaces.
    void take(Collection<InterfaceAddress> addresses) {
        v4 = own(addresses, IpAddress::isV4);
        v6 = own(addresses, address -> !address.isV4());
    }

    /// The best to be seen by others far away: a link-local one only if there is no other.
    private IpAddress own(Collection<InterfaceAddress> addresses, Predicate<IpAddress> family) {
        return addresses.stream()
                .filter(each -> each.ifindex() == ifindex())
                .map(InterfaceAddress::address)
                .filter(family)
                .min(Comparator.comparing((IpAddress address) -> Ipv6View.isLinkLocal(address.high()))
                        .thenComparing(Comparator.naturalOrder()))
                .orElse(NO_ADDRESS);
    }

    /// By which the director speaks for itself here; [#hasAddress] says whether there is one.
    IpAddress address(boolean ofV6) {
        return ofV6 ? v6 : v4;
    }

    boolean hasAddress(boolean ofV6) {
        return !address(ofV6).equals(NO_ADDRESS);
    }

    /// Whether there is a carrier.
    boolean running() {
        return running;
    }

    String name() {
        return port.name();
    }

    int ifindex() {
        return port.ifindex();
    }
}
