package hadirector.model;

import java.util.Optional;

/// How LVS-Tun wraps a packet for a realserver (`ipvsadm --tun-type`). Each carries IPv4 and IPv6 over IPv4 and IPv6.
public sealed interface TunnelKind {
    /// IP in IP: protocol 4 or 41 (RFC 2003, RFC 4213, RFC 2473).
    record Ipip() implements TunnelKind {}

    /// GRE without key, sequence or checksum (RFC 2784).
    record Gre() implements TunnelKind {}

    /// Generic UDP encapsulation, variant 0, to this UDP port (draft-ietf-intarea-gue; fou of Linux).
    record Gue(int port) implements TunnelKind {
        public Gue {
            if (port < 1 || port > PORT_MAX) {
                throw new IllegalArgumentException("port " + port);
            }
        }
    }

    /// What LVS-Tun does if nothing else is said, as ipvsadm.
    static TunnelKind usual() {
        return new Ipip();
    }

    int PORT_MAX = 65535;

    /// A config word: `ipip`, `gre`, `gue:6080`.
    static Optional<TunnelKind> parse(String word) {
        return switch (word) {
            case "ipip" -> Optional.of(new Ipip());
            case "gre" -> Optional.of(new Gre());
            default -> word.matches("gue:[1-9]\\d{0,4}") ? gue(Integer.parseInt(word.substring(4))) : Optional.empty();
        };
    }

    private static Optional<TunnelKind> gue(int port) {
        return port <= PORT_MAX ? Optional.of(new Gue(port)) : Optional.empty();
    }

    /// The config word.
    default String word() {
        return switch (this) {
            case Ipip _ -> "ipip";
            case Gre _ -> "gre";
            case Gue(int port) -> "gue:" + port;
        };
    }
}
