package hadirector.director;

import hadirector.conn.ChangeRing;
import hadirector.conn.ConnectionEntry;
import hadirector.conn.ReplicatedTable;
import hadirector.engine.BeaconIdentity;
import hadirector.engine.EngineStats;
import hadirector.engine.ForwardingEngine;
import hadirector.engine.Whereabouts;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The data path of a witness: none. It needs no privilege and touches no interface.
public final class WitnessEngine implements ForwardingEngine, ReplicatedTable {
    private static final int RING = 16;

    private final ChangeRing changes = new ChangeRing(RING);

    @Override
    public String kind() {
        return "none";
    }

    @Override
    public String mode() {
        return "a witness votes and forwards nothing";
    }

    @Override
    public void configure(Collection<VipGroup> groups, Collection<VirtualService> services) {}

    @Override
    public void server(String service, Endpoint realServer, int weight, boolean up) {}

    /// @throws IllegalStateException always: a witness has no priority, so it never holds
    @Override
    public void open(String group, int epoch) {
        throw new IllegalStateException("a witness cannot hold " + group);
    }

    @Override
    public void announce(String group) {}

    @Override
    public void close(String group) {}

    @Override
    public void probe(String interfaceName, IpAddress address, Duration wait, Consumer<Boolean> answered) {
        answered.accept(false);
    }

    @Override
    public void identify(BeaconIdentity identity) {}

    @Override
    public ReplicatedTable table() {
        return this;
    }

    @Override
    public EngineStats stats() {
        return new EngineStats(Map.of(), 0, 0, List.of());
    }

    @Override
    public Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual) {
        return new Whereabouts(
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Whereabouts.Hook.NONE,
                mode());
    }

    @Override
    public List<ConnectionEntry> connections(Predicate<ConnectionEntry> wanted, int limit) {
        return List.of();
    }

    @Override
    public void close() {}

    @Override
    public ChangeRing changes() {
        return changes;
    }

    @Override
    public void replicate(boolean on) {}

    @Override
    public void snapshot(int group, int peer) {}

    @Override
    public void handover(int group, int peer, int epoch) {}

    @Override
    public void receive(int kind, int group, int epoch, MemorySegment payload, long at, int count) {}
}
