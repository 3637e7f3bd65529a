package hadirector.director;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.ReplicatedTable;
import hadirector.engine.BeaconIdentity;
import hadirector.engine.EngineStats;
import hadirector.engine.ForwardingEngine;
import hadirector.engine.NoConnections;
import hadirector.engine.Whereabouts;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The data path of a witness: none. It needs no privilege and touches no interface.
public final class WitnessEngine implements ForwardingEngine {
    private final NoConnections table = new NoConnections(_ -> {});

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
    public void open(String group, int epoch, long decidedAt) {
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
        return table;
    }

    @Override
    public EngineStats stats() {
        return EngineStats.NONE;
    }

    @Override
    public Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual) {
        return Whereabouts.nowhere(mode());
    }

    @Override
    public List<ConnectionEntry> connections(Predicate<ConnectionEntry> wanted, int limit) {
        return List.of();
    }

    @Override
    public void close() {
        table.close();
    }
}
