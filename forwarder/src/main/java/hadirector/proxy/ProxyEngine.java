package hadirector.proxy;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.ReplicatedTable;
import hadirector.engine.BeaconIdentity;
import hadirector.engine.EngineEvent;
import hadirector.engine.EngineStats;
import hadirector.engine.ForwardingEngine;
import hadirector.engine.NoConnections;
import hadirector.engine.Whereabouts;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// The engine that needs no privilege: while a group is open, its services are sockets on its VIPs, which the machine must own
/// (any address of 127.0.0.0/8 will do), and each client's connection is carried over to one of its own. Connections
/// end with the director; gateways mean nothing here.
public final class ProxyEngine implements ForwardingEngine {
    private static final int THREADS_MAX = 4;
    private static final long CLOSE_SECONDS = 5;

    private final Transport transport = Transport.best();
    private final EventLoopGroup loops;
    private final int threads;
    private final ProxyContext context;
    private final NoConnections table;
    private final Map<String, ProxyService> services = new LinkedHashMap<>();
    private final Map<String, Holding> open = new HashMap<>();
    private Set<IpAddress> floating = Set.of();

    /// @param connectionsMax clients served at once, over all services
    /// @param events is told what happens, from any thread; must not block
    public ProxyEngine(int connectionsMax, Consumer<EngineEvent> events) {
        threads = Math.min(THREADS_MAX, Runtime.getRuntime().availableProcessors());
        loops = new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("proxy", true), transport.handlers());
        context = new ProxyContext(loops, transport, connectionsMax, events);
        table = new NoConnections(events);
    }

    @Override
    public String kind() {
        return "proxy";
    }

    @Override
    public synchronized String mode() {
        var troubles = services.values().stream().flatMap(s -> s.troubles().stream()).toList();
        var mode = "Netty " + transport.word() + ", " + threads + " threads";
        return troubles.isEmpty() ? mode : mode + ", not bound: " + String.join("; ", troubles);
    }

    @Override
    public synchronized void configure(Collection<VipGroup> groups, Collection<VirtualService> wanted) {
        var names = groups.stream().map(VipGroup::name).collect(Collectors.toSet());
        table.groups(names);
        floating = groups.stream()
                .flatMap(group -> group.addresses().stream())
                .map(Vip::address)
                .collect(Collectors.toUnmodifiableSet());
        open.keySet().retainAll(names);
        var next = wanted.stream().collect(Collectors.toMap(VirtualService::name, s -> s));
        for (var current : List.copyOf(services.values())) {
            var kept = next.get(current.config().name());
            if (kept == null || !current.sameSockets(kept) || !names.contains(kept.group())) {
                services.remove(current.config().name());
                current.close();
            }
        }
        for (var config : wanted) {
            var current = services.get(config.name());
            if (current != null) {
                current.configure(config);
            } else if (names.contains(config.group())) {
                add(config);
            }
        }
    }

    private void add(VirtualService config) {
        var service = new ProxyService(config, context);
        services.put(config.name(), service);
        var holding = open.get(config.group());
        if (holding != null) {
            service.open(holding);
        }
    }

    @Override
    public synchronized void server(String service, Endpoint realServer, int weight, boolean up) {
        var known = services.get(service);
        if (known != null) {
            known.server(realServer, weight, up);
        }
    }

    @Override
    public synchronized void open(String group, int epoch, long decidedAt) {
        var holding = new Holding(group, epoch, context);
        open.put(group, holding);
        table.epoch(group, epoch);
        of(group).forEach(service -> service.open(holding));
    }

    /// Nothing: the machine's kernel owns the addresses.
    @Override
    public void announce(String group) {}

    @Override
    public synchronized void close(String group) {
        open.remove(group);
        of(group).forEach(ProxyService::close);
    }

    private List<ProxyService> of(String group) {
        return services.values().stream().filter(s -> s.config().group().equals(group)).toList();
    }

    /// {@inheritDoc}
    ///
    /// Without frames of its own this engine cannot ask who else has a VIP: the answer is no. Anything else it reaches as the machine does, by echo or by an
    /// answer of its TCP, whichever interface that takes.
    @Override
    public void probe(String interfaceName, IpAddress address, Duration wait, Consumer<Boolean> answered) {
        boolean ours = isOurs(address);
        Thread.ofVirtual().name("probe").start(() -> answered.accept(!ours && Reach.reaches(address, wait)));
    }

    private synchronized boolean isOurs(IpAddress address) {
        return floating.contains(address);
    }

    /// Nothing: beacons are frames, which take privileges.
    @Override
    public void identify(BeaconIdentity identity) {}

    @Override
    public ReplicatedTable table() {
        return table;
    }

    @Override
    public synchronized EngineStats stats() {
        var rows = services.values().stream().map(ProxyService::stats).toList();
        return new EngineStats(context.counters(), context.connections(), context.connectionsMax, rows);
    }

    @Override
    public synchronized Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual) {
        return services.values().stream()
                .filter(service -> service.config().protocol() == protocol && service.config().vip().equals(virtual))
                .findFirst()
                .map(service -> service.where(client))
                .orElseGet(() -> Whereabouts.nowhere("no service listens on %s %s".formatted(protocol.word(), virtual)));
    }

    @Override
    public synchronized List<ConnectionEntry> connections(Predicate<ConnectionEntry> wanted, int limit) {
        return services.values().stream().flatMap(ProxyService::entries).filter(wanted).limit(limit).toList();
    }

    /// Waits a moment for the sockets to be closed. The consumer of the table's changes must have stopped.
    @Override
    public synchronized void close() {
        services.values().forEach(ProxyService::close);
        services.clear();
        open.clear();
        loops.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        table.close();
    }
}
