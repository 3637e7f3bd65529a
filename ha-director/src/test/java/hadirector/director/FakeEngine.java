package hadirector.director;

import hadirector.conn.Change;
import hadirector.conn.ConnectionEntry;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
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
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// An engine without packets: it remembers what it is told, and its table is empty but replicates as any other.
final class FakeEngine implements ForwardingEngine {
    /// Every order in turn: `open web 1`, `close web`, `announce web`.
    final List<String> orders = new CopyOnWriteArrayList<>();

    volatile Consumer<EngineEvent> events = _ -> {};
    volatile @Nullable RuntimeException refusesConfig;
    volatile @Nullable Error opensWith;
    volatile boolean silent;

    /// How old the decision was that the last opening rests on.
    volatile long decisionNanos;

    volatile @Nullable BeaconIdentity identity;
    private final NoConnections table = new NoConnections(event -> events.accept(event));

    /// Hosts that answer probes, and how many probes had no answer.
    final Set<IpAddress> reachable = ConcurrentHashMap.newKeySet();

    final AtomicInteger unanswered = new AtomicInteger();

    final List<ConnectionEntry> connections = new ArrayList<>();

    private final Map<String, Integer> open = new TreeMap<>();
    private final Map<String, String> servers = new TreeMap<>();

    /// Groups that are open, with their epochs.
    synchronized Map<String, Integer> open() {
        return new TreeMap<>(open);
    }

    /// `shop/10.1.0.11:80` to `1 up`.
    synchronized Map<String, String> servers() {
        return new TreeMap<>(servers);
    }

    @Override
    public String kind() {
        return "fake";
    }

    @Override
    public String mode() {
        return "fake";
    }

    @Override
    public synchronized void configure(Collection<VipGroup> wanted, Collection<VirtualService> services) {
        var refusal = refusesConfig;
        var groups = wanted.stream().map(VipGroup::name).toList();
        table.groups(groups);
        open.keySet().retainAll(groups);
        if (refusal != null) {
            refusesConfig = null;
            throw refusal;
        }
        var known = new HashMap<>(servers);
        servers.clear();
        for (var service : services) {
            for (var server : service.realServers()) {
                String name = service.name() + "/" + server.endpoint();
                servers.put(name, known.getOrDefault(name, "down"));
            }
        }
    }

    @Override
    public synchronized void server(String service, Endpoint realServer, int weight, boolean up) {
        servers.put(service + "/" + realServer, weight + (up ? " up" : " down"));
    }

    @Override
    public synchronized void open(String group, int epoch, long decidedAt) {
        var error = opensWith;
        if (error != null) {
            throw error;
        }
        orders.add("open " + group + " " + epoch);
        decisionNanos = System.nanoTime() - decidedAt;
        open.put(group, epoch);
        table.epoch(group, epoch);
    }

    @Override
    public void announce(String group) {
        orders.add("announce " + group);
    }

    @Override
    public synchronized void close(String group) {
        orders.add("close " + group);
        open.remove(group);
    }

    @Override
    public void probe(String interfaceName, IpAddress address, Duration wait, Consumer<Boolean> answered) {
        boolean there = reachable.contains(address);
        unanswered.addAndGet(there ? 0 : 1);
        answered.accept(there);
    }

    @Override
    public void identify(BeaconIdentity next) {
        identity = next;
    }

    @Override
    public ReplicatedTable table() {
        return table;
    }

    @Override
    public synchronized EngineStats stats() {
        if (silent) {
            throw new IllegalStateException("no answer");
        }
        return new EngineStats(Map.of(), 0, 100, List.of());
    }

    @Override
    public Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual) {
        throw new IllegalStateException("no answer");
    }

    @Override
    public List<ConnectionEntry> connections(Predicate<ConnectionEntry> wanted, int limit) {
        return connections.stream().filter(wanted).limit(limit).toList();
    }

    @Override
    public void close() {
        orders.add("end");
    }

    /// A connection of an open group changes.
    synchronized void change(String group) {
        var ring = table().changes();
        ring.stamp(System.nanoTime());
        var entry = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
        boolean _ = ring.offer(Change.UPSERT, GroupId.of(group), ReplicatedTable.EVERY_PEER, open.getOrDefault(group, 0), entry, 0);
        ring.signal();
    }
}
