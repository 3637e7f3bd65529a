package hadirector.engine;

import hadirector.fastpath.SharedMaps;
import hadirector.model.Endpoint;
import hadirector.model.RealServer;
import hadirector.model.VipGroup;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Groups, services and realservers as the owner thread uses them: found per packet without allocation, changed by
/// difference. Services and realservers have 16-bit ids for connection entries; an id is given again only when nothing
/// refers to it any more.
final class ServiceTable {
    /// As many as the map has in which the program counts by server.
    private static final int ID_MAX = SharedMaps.SERVERS_MAX - 1;

    private final Map<String, GroupState> groups = new HashMap<>();
    private final Map<String, ServiceState> byName = new HashMap<>();
    private final List<@Nullable ServiceState> services = new ArrayList<>();
    private final List<@Nullable ServerState> servers = new ArrayList<>();
    private final Routes routes;
    private final IntConsumer numbered;
    private FloatingAddresses addresses = FloatingAddresses.NONE;
    private ServiceIndex index = ServiceIndex.EMPTY;

    /// @param numbered gets the number of a realserver before it is used
    ServiceTable(Routes routes, IntConsumer numbered) {
        this.routes = routes;
        this.numbered = numbered;
    }

    /// Makes groups and plans the whole state. A group that is gone must be closed before.
    ///
    /// @param groupIndex of a group among the connection table's
    /// @return whether a service has moved to another group, or its group has another name
    boolean configure(
            Collection<VipGroup> wantedGroups,
            Collection<ServicePlan> plans,
            ToIntFunction<GroupState> groupIndex) {
        groups.keySet().retainAll(wantedGroups.stream().map(VipGroup::name).toList());
        for (var group : wantedGroups) {
            var state = groups.computeIfAbsent(group.name(), _ -> new GroupState(group));
            state.config = group;
            state.index = groupIndex.applyAsInt(state);
        }
        addresses = new FloatingAddresses(groups.values());
        retireAllBut(plans);
        boolean moved = false;
        for (var plan : plans) {
            moved |= configure(plan);
        }
        forgetUnused();
        index = new ServiceIndex(byName.values());
        return moved;
    }

    private void retireAllBut(Collection<ServicePlan> plans) {
        var wanted = new HashMap<String, ServicePlan>();
        plans.forEach(plan -> wanted.put(plan.config().name(), plan));
        byName.values()
                .removeIf(
                        service -> {
                            var plan = wanted.get(service.config.name());
                            boolean stays = plan != null && sameAddress(service, plan);
                            if (!stays) {
                                service.retire();
                            }
                            return !stays;
                        });
    }

    private static boolean sameAddress(ServiceState service, ServicePlan plan) {
        return service.config.vip().equals(plan.config().vip())
                && service.config.protocol() == plan.config().protocol();
    }

    private boolean configure(ServicePlan plan) {
        var group = groups.get(plan.config().group());
        if (group == null) {
            throw new IllegalArgumentException(plan.config().name() + ": no group " + plan.config().group());
        }
        var service =
                byName.computeIfAbsent(
                        plan.config().name(),
                        _ -> add(services, id -> new ServiceState(id, plan, group)));
        boolean moved = service.group != group;
        service.group = group;
        service.adopt(plan, plan.config().realServers().stream().map(rs -> server(service, rs)).toList());
        return moved;
    }

    private ServerState server(ServiceState service, RealServer config) {
        var server =
                service.servers.computeIfAbsent(
                        config.endpoint(),
                        endpoint -> {
                            var hop = routes.use(endpoint.address());
                            var added = add(servers, id -> new ServerState(id, service, config, hop));
                            numbered.accept(added.id);
                            return added;
                        });
        server.adopt(config);
        return server;
    }

    @FunctionalInterface
    private interface Maker<T> {
        T make(int id);
    }

    private static <T> T add(List<@Nullable T> to, Maker<T> maker) {
        int id = to.indexOf(null);
        if (id < 0) {
            id = to.size();
            if (id > ID_MAX) {
                throw new IllegalStateException("more than " + (ID_MAX + 1) + " services or realservers");
            }
            to.add(null);
        }
        T made = maker.make(id);
        to.set(id, made);
        return made;
    }

    /// Frees the ids of what is neither configured nor has connections; call it now and then.
    void forgetUnused() {
        for (int id = 0; id < servers.size(); id++) {
            var server = servers.get(id);
            if (server != null && !server.inUse()) {
                server.service.servers.remove(server.endpoint);
                routes.release(server.hop);
                servers.set(id, null);
            }
        }
        for (int id = 0; id < services.size(); id++) {
            var service = services.get(id);
            if (service != null && service.retired && service.servers.isEmpty() && service.connections == 0) {
                services.set(id, null);
            }
        }
    }

    @Nullable ServiceState find(int protocol, long vipHigh, long vipLow, int port) {
        return index.find(protocol, vipHigh, vipLow, port);
    }

    /// Whether the address belongs to an open group.
    boolean isHeld(long high, long low) {
        var floating = addresses.find(high, low);
        return floating != null && floating.group().isOpen();
    }

    FloatingAddresses addresses() {
        return addresses;
    }

    @Nullable ServiceState service(int id) {
        return id >= 0 && id < services.size() ? services.get(id) : null;
    }

    @Nullable ServerState server(int id) {
        return id >= 0 && id < servers.size() ? servers.get(id) : null;
    }

    @Nullable ServerState server(String service, Endpoint endpoint) {
        var found = byName.get(service);
        return found == null ? null : found.servers.get(endpoint);
    }

    @Nullable GroupState group(String name) {
        return groups.get(name);
    }

    /// @param id see [hadirector.conn.GroupId]
    @Nullable GroupState group(int id) {
        for (var group : groups.values()) {
            if (group.id == id) {
                return group;
            }
        }
        return null;
    }

    Collection<GroupState> groups() {
        return groups.values();
    }

    /// Those of the config.
    Collection<ServiceState> all() {
        return byName.values();
    }

    /// All realservers that have a number: configured ones, and others that still have connections.
    Stream<ServerState> servers() {
        return servers.stream().flatMap(Stream::ofNullable);
    }

    List<EngineStats.Service> stats(KernelPath kernel) {
        return byName.values().stream().map(service -> service.stats(kernel)).toList();
    }
}
