package hadirector.config;

import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Prefix;
import hadirector.model.Vip;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Addresses as the config writes them, with the rules that each kind must obey.
final class Addresses {
    private static final Pattern FLOATING = Pattern.compile("([^/@\\s]+)/(\\d{1,3})@([^/\\s]+)");
    /// Stands in for an endpoint that could not be read.
    static final Endpoint NOWHERE = new Endpoint(IpAddress.v4(0), 0);

    private static final int INTERFACE_NAME_MAX = 15; // IFNAMSIZ of linux/if.h, less its NUL.
    private static final String PREFIXES = "a list of prefixes, such as ";

    private static final Prefix LINK_LOCAL = Prefix.of("fe80::/10");
    private static final Prefix GROUPS = Prefix.of("ff00::/8");

    private Addresses() {}

    /// `192.0.2.10/24@eth0`.
    static Optional<Vip> floating(Node node, EngineChoice engine) {
        String must = "address/prefix@interface, such as 192.0.2.10/24@eth0";
        return node.text(must).flatMap(text -> {
            var parts = FLOATING.matcher(text);
            var address = parts.matches() ? IpAddress.parse(parts.group(1)) : Optional.<IpAddress>empty();
            if (address.isEmpty() || parts.group(3).length() > INTERFACE_NAME_MAX) {
                return node.mustBe(must);
            }
            var vip = new Vip(address.get(), Integer.parseInt(parts.group(2)), parts.group(3));
            return whyNotFloating(vip, engine).map(why -> node.<Vip>mustBe(why)).orElse(Optional.of(vip));
        });
    }

    private static Optional<String> whyNotFloating(Vip vip, EngineChoice engine) {
        var unfit = whyNotAHost(vip.address());
        if (unfit.isPresent()) {
            return unfit;
        }
        int bits = vip.address().bits();
        if (vip.prefixLength() < 1 || vip.prefixLength() > bits) {
            return Optional.of("in a prefix of 1 to %d bits, because it is %s".formatted(bits, family(vip.address())));
        }
        if (isLoopback(vip.address()) && engine == EngineChoice.PACKET) {
            return Optional.of("outside %s, because engine = packet takes frames from a wire"
                    .formatted(vip.address().isV4() ? "127.0.0.0/8" : "::1/128"));
        }
        return vip.address().isV4() ? whyNotInPrefix(vip) : whyNotInPrefix6(vip);
    }

    /// The first and the last address of a prefix are not a host's, except in /31 (RFC 3021) and /32.
    private static Optional<String> whyNotInPrefix(Vip vip) {
        int hostMask = vip.prefixLength() >= 31 ? 0 : -1 >>> vip.prefixLength();
        int host = vip.address().v4() & hostMask;
        if (hostMask == 0 || (host != 0 && host != hostMask)) {
            return Optional.empty();
        }
        return Optional.of("a host in its prefix, because %s is the %s address of /%d"
                .formatted(vip.address(), host == 0 ? "network" : "broadcast", vip.prefixLength()));
    }

    /// The first address of a prefix is every router's (RFC 4291 2.6.1), except in /127 (RFC 6164) and /128.
    private static Optional<String> whyNotInPrefix6(Vip vip) {
        return vip.prefixLength() < 127 && vip.address().masked(vip.prefixLength()).equals(vip.address())
                ? Optional.of("a host in its prefix, because %s is the address of all routers of /%d"
                        .formatted(vip.address(), vip.prefixLength()))
                : Optional.empty();
    }

    /// Prefixes of both families, each once; an address alone counts as one.
    ///
    /// @param example the first element of a good list
    static List<Prefix> prefixes(Node node, String example, Once<Prefix> once) {
        var prefixes = new ArrayList<Prefix>();
        for (var element : node.list(PREFIXES + "[\"" + example + "\"]").orElse(List.of())) {
            prefix(element, example).ifPresent(prefix -> {
                once.claim(prefix, element);
                prefixes.add(prefix);
            });
        }
        return prefixes;
    }

    private static Optional<Prefix> prefix(Node node, String example) {
        return node.parse(Prefix::parse, "address/length, such as " + example)
                .flatMap(prefix -> prefix.first().equals(prefix)
                        ? Optional.of(prefix)
                        : node.mustBe("a prefix, with no bit set behind its length; that of this address is " + prefix.first()));
    }

    /// A bare address, `192.0.2.10`.
    static Optional<IpAddress> host(Node node) {
        return node.parse(IpAddress::parse, "an address, such as 192.0.2.10").flatMap(address -> usable(node, address));
    }

    /// A realserver's, `10.1.0.11:80`.
    static Optional<Endpoint> realServer(Node node) {
        return endpoint(node, "10.1.0.11:80")
                .flatMap(endpoint -> usable(node, endpoint.address()).map(_ -> endpoint));
    }

    /// Address and port of any family, such as `example`.
    static Optional<Endpoint> endpoint(Node node, String example) {
        String must = "address:port, such as " + example;
        return node.parse(Endpoint::parse, must)
                .flatMap(endpoint -> endpoint.port() == 0
                        ? node.mustBe(must + ", with a port from 1 to 65535")
                        : Optional.of(endpoint));
    }

    private static Optional<IpAddress> usable(Node node, IpAddress address) {
        return whyNotAHost(address).map(why -> node.<IpAddress>mustBe(why)).orElse(Optional.of(address));
    }

    private static Optional<String> whyNotAHost(IpAddress address) {
        if (!address.isV4()) {
            return whyNotAHost6(address);
        }
        int first = address.v4() >>> 24;
        return first >= 1 && first <= 223
                ? Optional.empty()
                : Optional.of("the address of one host (1.0.0.0 to 223.255.255.255)");
    }

    /// A link-local address would need its interface beside it, and clients cannot route to one.
    private static Optional<String> whyNotAHost6(IpAddress address) {
        if (LINK_LOCAL.contains(address)) {
            return Optional.of("a global or unique local address, because fe80::/10 means another host on each link");
        }
        return GROUPS.contains(address) || address.equals(new IpAddress(0, 0))
                ? Optional.of("the address of one host (not ::, not in ff00::/8)")
                : Optional.empty();
    }

    static boolean isLoopback(IpAddress address) {
        return address.isV4() ? address.v4() >>> 24 == 127 : address.equals(new IpAddress(0, 1));
    }

    static String family(IpAddress address) {
        return address.isV4() ? "IPv4" : "IPv6";
    }
}
