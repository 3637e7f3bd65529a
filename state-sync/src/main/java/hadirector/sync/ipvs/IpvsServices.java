package hadirector.sync.ipvs;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.ConnectionState;
import hadirector.conn.StateTimeouts;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.VirtualService;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Connections of IPVS as entries of this director's table, by the services of one config, and back. Immutable.
public final class IpvsServices {
    private static final int TCP_STATES = ConnectionState.UDP.number();
    private static final int UDP_NORMAL = 0;
    private static final int ENDED_SECONDS = 1;

    /// An entry and the VIP group that it belongs to, or why there is none.
    public sealed interface Inherited {
        record Taken(String group, ConnectionEntry entry) implements Inherited {}

        record Refused(IpvsRefusal why) implements Inherited {}
    }

    /// A connection to tell, or why it is none.
    public sealed interface Told {
        record Tell(IpvsConnection connection) implements Told {}

        record Refused(IpvsRefusal why) implements Told {}

        /// IPVS does not tell its like either.
        record Nothing() implements Told {}
    }

    private record Listening(Protocol protocol, Endpoint vip) {}

    private record Known(String group, StateTimeouts timeouts, Map<Endpoint, RealServer> realServers) {
        static Known of(VirtualService service) {
            var servers = new HashMap<Endpoint, RealServer>();
            service.realServers().forEach(server -> servers.put(server.endpoint(), server));
            return new Known(service.group(), new StateTimeouts(service.timeouts()), servers);
        }

        int seconds(ConnectionState state) {
            return (int) Math.min(TimeUnit.NANOSECONDS.toSeconds(timeouts.nanos(state.number())), Integer.MAX_VALUE);
        }
    }

    private final Map<Listening, Known> services = new HashMap<>();

    public IpvsServices(Collection<VirtualService> services) {
        services.forEach(each -> this.services.put(new Listening(each.protocol(), each.vip()), Known.of(each)));
    }

    /// What a master's connection is here.
    public Inherited inherit(IpvsConnection said) {
        var why = whyNot(said);
        if (why != null) {
            return new Inherited.Refused(why);
        }
        var protocol = said.protocol() == Protocol.TCP.number() ? Protocol.TCP : Protocol.UDP;
        var service = services.get(new Listening(protocol, said.virtual()));
        if (service == null) {
            return new Inherited.Refused(IpvsRefusal.SERVICE);
        }
        var server = service.realServers().get(said.real());
        if (server == null) {
            return new Inherited.Refused(IpvsRefusal.REAL_SERVER);
        }
        if (server.method().number() != (said.flags() & IpvsConnection.METHOD_MASK)) {
            return new Inherited.Refused(IpvsRefusal.OTHER_METHOD);
        }
        var state = protocol == Protocol.TCP ? ConnectionState.of(said.state()) : ConnectionState.UDP;
        int seconds = said.timeoutSeconds() == 0 ? service.seconds(state) : said.timeoutSeconds();
        return new Inherited.Taken(
                service.group(),
                new ConnectionEntry(
                        protocol, said.client(), said.virtual(), said.real(), server.method(), state, seconds));
    }

    private static @Nullable IpvsRefusal whyNot(IpvsConnection said) {
        boolean tcp = said.protocol() == Protocol.TCP.number();
        int method = said.flags() & IpvsConnection.METHOD_MASK;
        if (said.has(IpvsConnection.TEMPLATE)) {
            return IpvsRefusal.TEMPLATE;
        }
        if (!tcp && said.protocol() != Protocol.UDP.number()) {
            return IpvsRefusal.PROTOCOL;
        }
        if (tcp ? said.state() >= TCP_STATES : said.state() != UDP_NORMAL) {
            return IpvsRefusal.STATE;
        }
        if (method != ForwardingMethod.NAT.number()
                && method != ForwardingMethod.TUNNEL.number()
                && method != ForwardingMethod.DIRECT_ROUTING.number()) {
            return IpvsRefusal.METHOD;
        }
        if (said.has(IpvsConnection.NO_CLIENT_PORT)) {
            return IpvsRefusal.NO_CLIENT_PORT;
        }
        return said.translated() ? IpvsRefusal.SEQUENCE : null;
    }

    /// What a backup is told of a connection of ours, or of its end.
    public Told tell(ConnectionEntry entry, boolean ended) {
        var service = services.get(new Listening(entry.protocol(), entry.virtual()));
        if (service == null || !isTold(entry.state(), ended)) {
            return new Told.Nothing();
        }
        if (entry.client().address().isV4() != entry.real().address().isV4()) {
            return new Told.Refused(IpvsRefusal.FAMILY);
        }
        var state = ended && entry.protocol() == Protocol.TCP ? ConnectionState.CLOSE : entry.state();
        return new Told.Tell(new IpvsConnection(
                entry.protocol().number(),
                entry.client(),
                entry.virtual(),
                entry.real(),
                flags(entry.method(), state),
                state == ConnectionState.UDP ? UDP_NORMAL : state.number(),
                0,
                ended ? ENDED_SECONDS : service.seconds(state),
                false));
    }

    /// IPVS tells of TCP connections once they are established (ip_vs_sync_conn_needed), and of no end: a backup's entry expires by itself. Only those that
    /// a backup would keep for long are ended.
    private static boolean isTold(ConnectionState state, boolean ended) {
        return switch (state) {
            case ESTABLISHED, UDP -> true;
            case FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT -> !ended;
            case NONE, SYN_SENT, SYN_RECV, LAST_ACK, LISTEN, SYNACK -> false;
        };
    }

    private static int flags(ForwardingMethod method, ConnectionState state) {
        return method.number()
                | (method == ForwardingMethod.NAT ? 0 : IpvsConnection.NO_OUTPUT)
                | (state == ConnectionState.ESTABLISHED ? 0 : IpvsConnection.INACTIVE);
    }
}
