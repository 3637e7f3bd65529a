package hadirector.forward;

import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.packet.IcmpQuote;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// One direction of a connection in the table before a fixture's packet comes: packets of `protocol` between `from` and `to`
/// leave for `mac` on interface `IFINDEX`, rewritten as `action` says.
///
/// @param tunnel by which they go, under the number `TUNNEL`; with that action only
record FlowSpec(
        Protocol protocol,
        Endpoint from,
        Endpoint to,
        Action action,
        Endpoint replacement,
        long mac,
        Optional<TunnelSpec> tunnel) {
    static final int IFINDEX = 7;
    /// MAC of the interface by which everything leaves.
    static final long SOURCE_MAC = 0x02_00_00_00_00_0aL;

    /// Number of the outer header.
    static final int TUNNEL = 5;

    enum Action {
        TO_REAL_SERVER,
        TO_CLIENT,
        DIRECT,
        TUNNEL
    }

    static FlowSpec toRealServer(Protocol protocol, String client, String vip, String rip, long mac) {
        return of(protocol, client, vip, Action.TO_REAL_SERVER, rip, mac);
    }

    static FlowSpec toClient(Protocol protocol, String rip, String client, String vip, long mac) {
        return of(protocol, rip, client, Action.TO_CLIENT, vip, mac);
    }

    static FlowSpec direct(Protocol protocol, String client, String vip, long mac) {
        return of(protocol, client, vip, Action.DIRECT, vip, mac);
    }

    static FlowSpec tunnel(Protocol protocol, String client, String vip, TunnelSpec tunnel, long mac) {
        return new FlowSpec(
                protocol,
                Endpoint.of(client),
                Endpoint.of(vip),
                Action.TUNNEL,
                Endpoint.of(vip),
                mac,
                Optional.of(tunnel));
    }

    private static FlowSpec of(Protocol protocol, String from, String to, Action action, String replacement, long mac) {
        return new FlowSpec(
                protocol, Endpoint.of(from), Endpoint.of(to), action, Endpoint.of(replacement), mac, Optional.empty());
    }

    /// The other direction of its connection, if that passes here: known with it, and not offloaded.
    Optional<FlowSpec> back() {
        return switch (action) {
            case TO_REAL_SERVER ->
                Optional.of(new FlowSpec(protocol, replacement, from, Action.TO_CLIENT, to, mac, tunnel));
            case TO_CLIENT ->
                Optional.of(new FlowSpec(protocol, to, replacement, Action.TO_REAL_SERVER, from, mac, tunnel));
            case DIRECT, TUNNEL -> Optional.empty();
        };
    }

    /// Whether a packet is one of this flow's.
    boolean matches(ParsedFrame parsed) {
        return protocol.number() == parsed.protocol()
                && from.address().equals(new IpAddress(parsed.sourceHigh(), parsed.sourceLow()))
                && to.address().equals(new IpAddress(parsed.destinationHigh(), parsed.destinationLow()))
                && from.port() == parsed.sourcePort()
                && to.port() == parsed.destinationPort();
    }

    /// Whether a quoted packet is one that packets of this flow answer.
    boolean answers(IcmpQuote quote) {
        return protocol.number() == quote.protocol()
                && from.equals(endpoint(quote.destinationHigh(), quote.destinationLow(), quote.destinationPort()))
                && to.equals(endpoint(quote.sourceHigh(), quote.sourceLow(), quote.sourcePort()));
    }

    private static Endpoint endpoint(long high, long low, int port) {
        return new Endpoint(new IpAddress(high, low), port);
    }

    /// Writes the record that makes it so.
    void write(MemorySegment records, long at) {
        int port = replacement.port();
        long high = replacement.address().high();
        long low = replacement.address().low();
        switch (action) {
            case TO_REAL_SERVER ->
                FlowRecords.toRealServer(records, at, to.address().high(), to.address().low(), to.port(), high, low, port);
            case TO_CLIENT ->
                FlowRecords.toClient(records, at, from.address().high(), from.address().low(), from.port(), high, low, port);
            case DIRECT -> FlowRecords.direct(records, at);
            case TUNNEL -> FlowRecords.tunnelled(records, at, TUNNEL);
        }
        FlowRecords.nextHop(records, at, mac, SOURCE_MAC, IFINDEX);
    }
}
