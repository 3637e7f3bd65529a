package hadirector.engine;

import hadirector.conn.ConnectionEntry;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import java.util.Optional;

/// Where the packets of one client to one VIP and port go, or would go if the client came now.
///
/// @param group that the VIP belongs to; empty: it is no VIP of ours
/// @param held whether this engine answers and forwards for the group
/// @param service that listens there; empty: none
/// @param entry the connection in the table; empty: it would be a new one
/// @param realServer of the entry, or the scheduler's choice of this moment; empty: none
/// @param method the forwarding method's word, `proxy` for the proxy engine; empty without a realserver
/// @param toServer next hop; empty if unknown, or if a socket leads there
/// @param toClient next hop of replies; empty if unknown, or if they do not pass this director (dr, tun)
/// @param hook who forwards the next packet
/// @param why that is so, or what happens instead; without a full stop
public record Whereabouts(
        Optional<String> group,
        boolean held,
        Optional<String> service,
        Optional<ConnectionEntry> entry,
        Optional<Endpoint> realServer,
        Optional<String> method,
        Optional<NextHop> toServer,
        Optional<NextHop> toClient,
        Hook hook,
        String why) {
    /// Who forwards a packet.
    public enum Hook {
        /// The kernel, in the interface's driver.
        XDP,
        /// The kernel, at tc ingress.
        TC,
        /// The engine's own thread.
        JAVA,
        /// Nobody.
        NONE
    }

    /// What is for no VIP of ours.
    public static Whereabouts nowhere(String why) {
        return nowhere(Optional.empty(), false, Optional.empty(), why);
    }

    /// What goes to no realserver.
    public static Whereabouts nowhere(Optional<String> group, boolean held, Optional<String> service, String why) {
        return new Whereabouts(
                group,
                held,
                service,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Hook.NONE,
                why);
    }

    /// @param interfaceName empty: no other host is, see [#LOCAL]
    /// @param mac of the next hop, as `02:00:00:00:00:01`; empty if it is not known yet
    /// @param neighbour whose MAC that is: the destination itself or a gateway; empty if only the MAC was learnt
    public record NextHop(String interfaceName, Optional<String> mac, Optional<IpAddress> neighbour) {
        /// The realserver is this host: its own stack gets the packets.
        public static final NextHop LOCAL = new NextHop("", Optional.empty(), Optional.empty());
    }
}
