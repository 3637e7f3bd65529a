package hadirector.proxy;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.StateTimeouts;
import hadirector.engine.Counter;
import hadirector.engine.EngineStats;
import hadirector.engine.Whereabouts;
import hadirector.engine.Whereabouts.Hook;
import hadirector.model.Endpoint;
import hadirector.model.Protocol;
import hadirector.model.VirtualService;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One virtual service: its realservers, its sockets while its group is held, and its connections. The control thread
/// opens, closes and configures it; event loops do the rest.
final class ProxyService {
    final ProxyContext context;
    final Backends backends;
    private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
    private volatile VirtualService config;
    private volatile StateTimeouts timeouts;
    private volatile @Nullable Holding holding;
    private @Nullable Binding binding;

    ProxyService(VirtualService config, ProxyContext context) {
        this.config = config;
        this.context = context;
        timeouts = new StateTimeouts(config.timeouts());
        long seed = ThreadLocalRandom.current().nextLong();
        backends = new Backends(config.scheduler(), config.realServers(), seed);
    }

    VirtualService config() {
        return config;
    }

    StateTimeouts timeouts() {
        return timeouts;
    }

    /// Whether `next` can be had without closing the sockets.
    boolean sameSockets(VirtualService next) {
        return config.protocol() == next.protocol()
                && config.vip().equals(next.vip())
                && config.group().equals(next.group());
    }

    void configure(VirtualService next) {
        if (!config.equals(next)) {
            config = next;
            timeouts = new StateTimeouts(next.timeouts());
            backends.configure(next.scheduler(), next.realServers());
        }
    }

    void server(Endpoint server, int weight, boolean up) {
        backends.weight(server, up ? weight : 0);
        if (!up) {
            relays.forEach(relay -> relay.serverDown(server));
        }
    }

    void open(Holding held) {
        holding = held;
        if (binding == null) {
            binding = new Binding(this, config.protocol() == Protocol.TCP ? TcpRelay::bind : UdpClients::bind);
        }
    }

    /// Takes the VIP's socket down and ends all connections; those of TCP by a reset, so that clients come back at once.
    void close() {
        holding = null;
        if (binding != null) {
            binding.close();
            binding = null;
        }
        relays.forEach(Relay::abort);
    }

    /// Whether the access list lets `client` in; if not, that is counted.
    boolean lets(Endpoint client) {
        boolean lets = config.options().acl().lets(client.address());
        if (!lets) {
            context.count(Counter.DROP_DENIED);
        }
        return lets;
    }

    /// Adds a connection, unless the service has been closed meanwhile or there are too many.
    boolean enter(Relay relay) {
        if (holding == null || !context.admit()) {
            return false;
        }
        relays.add(relay);
        if (holding == null) {
            leave(relay);
            return false;
        }
        return true;
    }

    void leave(Relay relay) {
        if (relays.remove(relay)) {
            context.leave();
        }
    }

    /// Bytes of a client went to a realserver.
    void forwarded() {
        var held = holding;
        if (held != null) {
            held.forwarded();
        }
    }

    Stream<ConnectionEntry> entries() {
        return relays.stream().map(Relay::entry);
    }

    /// Where the connection of `client` goes, or would go.
    Whereabouts where(Endpoint client) {
        boolean held = holding != null;
        if (!config.options().acl().lets(client.address())) {
            return denied(held, client);
        }
        var entry = entries().filter(each -> each.client().equals(client)).findAny();
        var server = entry.map(ConnectionEntry::real).or(() -> backends.preview(Endpoints.hash(client)));
        return new Whereabouts(
                Optional.of(config.group()),
                held,
                Optional.of(config.name()),
                entry,
                server,
                server.map(_ -> Backends.METHOD),
                Optional.empty(),
                Optional.empty(),
                held && server.isPresent() ? Hook.JAVA : Hook.NONE,
                why(held, entry.isPresent(), server.isPresent()));
    }

    private Whereabouts denied(boolean held, Endpoint client) {
        return Whereabouts.nowhere(
                Optional.of(config.group()),
                held,
                Optional.of(config.name()),
                "the acl of %s does not let %s in".formatted(config.name(), client.address()));
    }

    private String why(boolean held, boolean known, boolean found) {
        if (!held) {
            return "this director does not hold " + config.group();
        }
        if (known) {
            return "engine proxy: a socket to the client and one to the realserver";
        }
        var troubles = troubles();
        if (!troubles.isEmpty()) {
            return "not bound: " + String.join("; ", troubles);
        }
        return found
                ? "no connection: %s would choose this realserver now".formatted(config.scheduler().word())
                : "no realserver is up and has weight: the answer is a reset";
    }

    EngineStats.Service stats() {
        return new EngineStats.Service(config.name(), backends.stats());
    }

    /// What `status` should know: the socket that is still not there.
    List<String> troubles() {
        var troubles = new ArrayList<String>();
        if (binding != null) {
            binding.trouble().ifPresent(why -> troubles.add(config.vip() + "/" + config.protocol().word() + ": " + why));
        }
        return troubles;
    }
}
