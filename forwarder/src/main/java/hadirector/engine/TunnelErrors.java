package hadirector.engine;

import hadirector.forward.PathMtu;
import hadirector.model.IpAddress;
import hadirector.model.TunnelKind;
import hadirector.packet.IcmpQuote;
import java.util.stream.Stream;

/// ICMP errors about packets that were put into tunnels. They come to the director's own address and quote the outer header, maybe with
/// nothing of the client's packet, so they end here: a path that is too narrow is remembered, and the client is told with its next
/// packet that is too long for it. Owner thread.
final class TunnelErrors {
    private static final int IPV4 = 4;
    private static final int UDP = 17;
    private static final int IPV6 = 41;
    private static final int GRE = 47;

    private final Inbound in;
    private final ServiceTable services;
    private final Routes routes;
    private final Records records;
    private final Counters counters;

    TunnelErrors(Inbound in, ServiceTable services, Routes routes, Records records, Counters counters) {
        this.in = in;
        this.services = services;
        this.routes = routes;
        this.records = records;
        this.counters = counters;
    }

    /// Takes the ICMP error at hand, if it is about a tunnel of ours.
    ///
    /// @param quote of it, of a packet of no connection
    /// @return whether it is
    boolean take(IcmpQuote quote) {
        if (!quote.isForItsSender(in.parsed)) {
            return false;
        }
        var hop = routes.hop(new IpAddress(quote.destinationHigh(), quote.destinationLow()));
        var source = new IpAddress(quote.sourceHigh(), quote.sourceLow());
        if (hop == null || !source.equals(hop.source) || !isTunnel(hop, quote)) {
            return false;
        }
        counters.add(Counter.TUNNEL_ERRORS);
        int mtu = PathMtu.of(in.frame, in.parsed, quote);
        if (mtu != PathMtu.NONE && routes.learnMtu(hop, mtu, in.now)) {
            records.changed();
        }
        return true;
    }

    private boolean isTunnel(Hop hop, IcmpQuote quote) {
        return services.servers()
                .filter(server -> server.hop == hop)
                .flatMap(server -> Stream.ofNullable(server.tunnel))
                .anyMatch(kind -> isOf(kind, quote));
    }

    private static boolean isOf(TunnelKind kind, IcmpQuote quote) {
        return switch (kind) {
            case TunnelKind.Ipip _ -> quote.protocol() == IPV4 || quote.protocol() == IPV6;
            case TunnelKind.Gre _ -> quote.protocol() == GRE;
            case TunnelKind.Gue(int port) -> quote.protocol() == UDP && quote.destinationPort() == port;
        };
    }
}
