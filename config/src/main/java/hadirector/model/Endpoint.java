package hadirector.model;

import java.net.InetSocketAddress;
import java.util.Optional;

/// An address and a port: `10.1.0.11:80`, `[2001:db8::11]:80`.
public record Endpoint(IpAddress address, int port) implements Comparable<Endpoint> {
    private static final int PORT_MAX = 65535;

    public Endpoint {
        if (port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("port " + port);
        }
    }

    /// @throws IllegalArgumentException if `text` is not an address and a port
    public static Endpoint of(String text) {
        return parse(text)
                .orElseThrow(() -> new IllegalArgumentException("not address:port: " + text));
    }

    /// Like [#of], for text that a user wrote.
    public static Optional<Endpoint> parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            return Optional.empty();
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed != host.indexOf(':') >= 0) {
            return Optional.empty();
        }
        var address = IpAddress.parse(bracketed ? host.substring(1, host.length() - 1) : host);
        var port = parsePort(text.substring(colon + 1));
        return address.flatMap(a -> port.map(p -> new Endpoint(a, p)));
    }

    private static Optional<Integer> parsePort(String text) {
        if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > PORT_MAX) {
            return Optional.empty();
        }
        return Optional.of(Integer.parseInt(text));
    }

    public InetSocketAddress toSocketAddress() {
        return new InetSocketAddress(AddressText.toInet(address), port);
    }

    @Override
    public int compareTo(Endpoint other) {
        int byAddress = address.compareTo(other.address);
        return byAddress != 0 ? byAddress : Integer.compare(port, other.port);
    }

    @Override
    public String toString() {
        return (address.isV4() ? address.toString() : "[" + address + "]") + ":" + port;
    }
}
