package hadirector.engine;

import hadirector.model.IpAddress;
import org.jspecify.annotations.Nullable;

/// How to reach one realserver: out of which interface, from and to which MAC (48 bits). Kept fresh by [Routes].
final class Hop {
    final IpAddress address;

    /// Realservers of services that have this address.
    int users;

    /// The neighbour to ask for: the address itself, or the gateway of its route.
    IpAddress neighbour;

    /// The address that this host has towards it, as the kernel chooses it; null if not known yet.
    @Nullable IpAddress source;

    int ifindex;

    /// Of the interface, 0 if not known.
    int mtu;
    long sourceMac;
    long destinationMac;

    Hop(IpAddress address) {
        this.address = address;
        neighbour = address;
    }

    /// A MAC that was known once is used until a new one is: its owner may well be there.
    boolean isResolved() {
        return ifindex != 0 && destinationMac != 0;
    }
}
