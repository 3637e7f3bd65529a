package hadirector.director;

import static java.util.Objects.requireNonNull;

import hadirector.config.DirectorConfig;
import hadirector.group.View;
import hadirector.model.Arbiter;
import hadirector.model.Endpoint;
import hadirector.model.Protocol;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.role.Event;
import hadirector.role.FailoverRequest;
import hadirector.role.GroupRole;
import hadirector.role.GroupSettings;
import hadirector.role.Quorum;
import hadirector.role.Standing;
import hadirector.sync.ConnectionSync;
import hadirector.sync.SnapshotState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The VIP groups of the config, each with its role. The director's thread, except where said.
final class GroupSet {
    private final Supplier<DirectorConfig> config;
    private final long incarnation;
    private final ConnectionSync sync;
    private final Function<GroupSettings, GroupControl> maker;
    private final Map<String, GroupControl> groups = new ConcurrentHashMap<>();

    /// @param config of this moment
    GroupSet(
            Supplier<DirectorConfig> config,
            long incarnation,
            ConnectionSync sync,
            Function<GroupSettings, GroupControl> maker) {
        this.config = config;
        this.incarnation = incarnation;
        this.sync = sync;
        this.maker = maker;
    }

    void add(String name) {
        groups.put(name, maker.apply(settings(name)));
    }

    private GroupSettings settings(String name) {
        var now = config.get();
        var group = now.groups().get(name);
        if (group == null) {
            throw new IllegalArgumentException("no group " + name);
        }
        return new GroupSettings(
                now.name(),
                incarnation,
                name,
                group.priority(),
                group.preempt(),
                ConfigDigest.of(now),
                quorum(now),
                GroupSettings.Timing.of(
                        now.cluster().detection(), now.cluster().lease(), !(now.cluster().arbiter() instanceof Arbiter.None)));
    }

    private static Quorum quorum(DirectorConfig config) {
        var kind =
                switch (config.cluster().arbiter()) {
                    case Arbiter.None _ -> Quorum.Kind.NONE;
                    case Arbiter.Gateway _ -> Quorum.Kind.GATEWAY;
                    case Arbiter.Witness _, Arbiter.Majority _ -> Quorum.Kind.MAJORITY;
                };
        return new Quorum(kind, config.cluster().members().keySet());
    }

    void remove(Set<String> names) {
        groups.keySet().removeAll(names);
    }

    /// @return whether there is such a group
    boolean feed(String name, Event event) {
        var group = groups.get(name);
        if (group != null) {
            feed(group, event);
        }
        return group != null;
    }

    /// An operator's wish.
    void failover(String name, FailoverRequest request) {
        var group = groups.get(name);
        if (group != null) {
            group.failover(request, System.nanoTime());
        }
    }

    void feedAll(Event event) {
        List.copyOf(groups.values()).forEach(group -> feed(group, event));
    }

    /// A new view of the cluster. Directors that are left without a holder compare what they have of it, so all that has come is taken in before.
    void viewed(View view) {
        feedAll(new Event.Tick()); // A pause until now is one, the wait is none.
        if (view.members().size() > 1) {
            groups.values().stream().findAny().ifPresent(group -> group.receive("viewing"));
            awake();
        }
        sync.stats().groups().forEach(group -> feed(group.name(), new Event.Received(group.positionEpoch(), group.position())));
        feedAll(new Event.ViewChanged(view.members(), view.merged()));
    }

    private void awake() {
        long now = System.nanoTime();
        groups.values().forEach(each -> each.awake(now));
    }

    /// To open a group may take long, and all groups wait: for none of them is that a time in which this director was not there.
    private void feed(GroupControl group, Event event) {
        boolean held = group.role().role().kind().holds();
        group.feed(event);
        if (!held && group.role().role().kind().holds()) {
            awake();
        }
    }

    /// What operators should know at once, by group: see [hadirector.role.GroupRole#alarm]. Any thread.
    Map<String, String> alarms(long now) {
        var alarms = new TreeMap<String, String>();
        groups.forEach((name, group) -> group.role().alarm(now).ifPresent(why -> alarms.put(name, why)));
        return alarms;
    }

    /// Any thread.
    Set<String> names() {
        return Set.copyOf(groups.keySet());
    }

    /// Any thread.
    Map<String, GroupControl.Snapshot> snapshots() {
        var snapshots = new HashMap<String, GroupControl.Snapshot>();
        groups.forEach((name, group) -> snapshots.put(name, group.snapshot()));
        return snapshots;
    }

    /// Of one of [#names].
    GroupRole role(String name) {
        return requireNonNull(groups.get(name)).role();
    }

    /// Whether nobody of the cluster holds it, as far as is known; any thread.
    boolean isFree(String name) {
        var group = groups.get(name);
        return group != null && group.role().holder().isEmpty();
    }

    /// The groups that this director holds; any thread.
    Set<String> held() {
        return groups.keySet().stream().filter(this::holds).collect(Collectors.toUnmodifiableSet());
    }

    /// What to tell who speaks of a group that is not in the config here.
    Standing stranger(String group) {
        var now = config.get();
        return Standing.stranger(now.name(), group, incarnation, ConfigDigest.of(now));
    }

    void tick() {
        for (var group : groups.values()) {
            if (sync.snapshot(group.name()) == SnapshotState.BROKEN) {
                copyAnew(group);
            }
            feed(group, new Event.Tick());
            group.catchUp(System.nanoTime());
        }
    }

    /// Gives back to each data path what its role is, after a reload that the engine did not take.
    void reopen() {
        groups.values().forEach(GroupControl::reopen);
    }

    /// Takes the groups of the new config, the one of this moment.
    ///
    /// @return those that are held and have other addresses now
    List<String> reconfigured(DirectorConfig before, View view) {
        var next = config.get();
        for (var group : next.groups().values()) {
            var known = groups.get(group.name());
            if (known == null) {
                introduce(group.name(), view);
            } else {
                known.feed(new Event.Reconfigured(group.priority(), group.preempt(), ConfigDigest.of(next)));
                if (!addresses(before, group.name()).containsAll(addresses(next, group.name()))) {
                    copyAnew(known); // Connections of a service that was unknown here were refused: a new snapshot brings them.
                }
            }
        }
        return next.groups().values().stream()
                .filter(group -> before.groups().containsKey(group.name()) && !group.equals(before.groups().get(group.name())))
                .map(VipGroup::name)
                .filter(this::holds)
                .toList();
    }

    private boolean holds(String name) {
        var group = groups.get(name);
        return group != null && group.role().role().kind().holds();
    }

    private void introduce(String name, View view) {
        add(name);
        if (!view.members().isEmpty()) {
            feed(name, new Event.ViewChanged(view.members(), false));
        }
    }

    private static void copyAnew(GroupControl group) {
        int copied = group.role().standing().copied();
        if (copied != 0) {
            group.feed(new Event.Synced(copied, false));
        }
    }

    private record Listening(Protocol protocol, Endpoint vip) {}

    private static Set<Listening> addresses(DirectorConfig config, String group) {
        return config.services().values().stream()
                .filter(service -> service.group().equals(group))
                .map(service -> new Listening(service.protocol(), service.vip()))
                .collect(Collectors.toSet());
    }

    /// The interfaces that the group's addresses lie on, and those that it tracks.
    Set<String> interfaces(String name) {
        var group = config.get().groups().get(name);
        return group == null
                ? Set.of()
                : Stream.concat(group.addresses().stream().map(Vip::interfaceName), group.track().interfaces().stream())
                        .collect(Collectors.toUnmodifiableSet());
    }
}
