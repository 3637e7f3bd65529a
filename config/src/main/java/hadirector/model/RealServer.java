package hadirector.model;

import java.util.Optional;

/// A server behind the director.
///
/// @param weight share of new connections; 0 is quiesced: keeps its connections, gets no new ones
/// @param tunnel how packets are wrapped, if the method is LVS-Tun; else empty
public record RealServer(Endpoint endpoint, int weight, ForwardingMethod method, Optional<TunnelKind> tunnel) {
    public RealServer {
        if (tunnel.isPresent() != (method == ForwardingMethod.TUNNEL)) {
            throw new IllegalArgumentException(method + " with tunnel " + tunnel);
        }
    }

    /// With the usual tunnel, if the method is LVS-Tun.
    public RealServer(Endpoint endpoint, int weight, ForwardingMethod method) {
        this(endpoint, weight, method,
                method == ForwardingMethod.TUNNEL ? Optional.of(TunnelKind.usual()) : Optional.empty());
    }
}
