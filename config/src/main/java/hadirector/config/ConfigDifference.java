package hadirector.config;

import hadirector.config.Change.Changed;
import hadirector.config.Change.NeedsRestart;
import hadirector.model.IpvsSync;
import hadirector.model.RealServer;
import hadirector.model.ServiceOptions;
import hadirector.model.SyncMode;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a reload from one config to another does: groups first, then services, then what waits for a restart.
public record ConfigDifference(List<Change> changes) {
    public ConfigDifference {
        changes = List.copyOf(changes);
    }

    public static ConfigDifference between(DirectorConfig from, DirectorConfig to) {
        var changes = new ArrayList<Change>();
        byName(from.groups(), to.groups(), Change.GroupRemoved::new, Change.GroupAdded::new, changes,
                ConfigDifference::groups);
        byName(from.services(), to.services(), Change.ServiceRemoved::new, Change.ServiceAdded::new, changes,
                ConfigDifference::services);
        part("hold-back", "director.ipvs-sync", holdsBack(from), holdsBack(to), ChangeText::onOff, changes);
        settings(from, to, changes);
        return new ConfigDifference(changes);
    }

    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /// The settings that changed and that a running director keeps as they were.
    public List<NeedsRestart> needRestart() {
        return changes.stream().filter(NeedsRestart.class::isInstance).map(NeedsRestart.class::cast).toList();
    }

    /// One line per change, in the form of a diff.
    public List<String> lines() {
        return changes.stream().map(Change::toString).toList();
    }

    @FunctionalInterface
    private interface Parts<T> {
        void compare(T from, T to, List<Change> changes);
    }

    private static <T> void byName(
            Map<String, T> from,
            Map<String, T> to,
            Function<T, Change> removed,
            Function<T, Change> added,
            List<Change> changes,
            Parts<T> parts) {
        from.forEach((name, old) -> {
            if (!to.containsKey(name)) {
                changes.add(removed.apply(old));
            }
        });
        to.forEach((name, now) -> {
            T old = from.get(name);
            if (old == null) {
                changes.add(added.apply(now));
            } else {
                parts.compare(old, now, changes);
            }
        });
    }

    private static void groups(VipGroup from, VipGroup to, List<Change> changes) {
        addresses(from.name(), "vip", from.vips(), to.vips(), changes);
        addresses(from.name(), "gateway", from.gateways(), to.gateways(), changes);
        part("priority", from.name(), from.priority(), to.priority(), ChangeText::of, changes);
        part("preempt", from.name(), from.preempt(), to.preempt(), String::valueOf, changes);
        part("masquerade", from.name(), from.masquerade(), to.masquerade(), ChangeText::joined, changes);
        part("track", from.name(), from.track(), to.track(), ChangeText::of, changes);
    }

    private static void addresses(
            String group, String kind, Collection<Vip> from, Collection<Vip> to, List<Change> changes) {
        from.stream().filter(vip -> !to.contains(vip)).forEach(
                vip -> changes.add(new Change.AddressRemoved(group, kind, vip)));
        to.stream().filter(vip -> !from.contains(vip)).forEach(
                vip -> changes.add(new Change.AddressAdded(group, kind, vip)));
    }

    private static void services(VirtualService from, VirtualService to, List<Change> changes) {
        if (from.protocol() != to.protocol() || !from.vip().equals(to.vip())) {
            changes.add(new Change.ServiceRemoved(from));
            changes.add(new Change.ServiceAdded(to));
            return;
        }
        String name = to.name();
        part("group", name, from.group(), to.group(), Function.identity(), changes);
        part("scheduler", name, from.scheduler(), to.scheduler(), kind -> kind.word(), changes);
        part("timeouts", name, from.timeouts(), to.timeouts(), ChangeText::of, changes);
        part("check", name, from.check(), to.check(), check -> check.map(ChangeText::of).orElse("none"), changes);
        options(name, from.options(), to.options(), changes);
        realServers(name, from.realServers(), to.realServers(), changes);
    }

    private static void options(String name, ServiceOptions from, ServiceOptions to, List<Change> changes) {
        part("acl", name, from.acl(), to.acl(), ChangeText::of, changes);
        part("scheduler-offload", name, from.schedulerOffload(), to.schedulerOffload(), ChangeText::onOff, changes);
        part("syn-guard.half-open-max", name, from.halfOpenMax(), to.halfOpenMax(), String::valueOf, changes);
        part("mss-clamp", name, from.mssClamp(), to.mssClamp(), ChangeText::of, changes);
        part("sync", name, from.sync(), to.sync(), SyncMode::word, changes);
    }

    private static void realServers(
            String service, List<RealServer> from, List<RealServer> to, List<Change> changes) {
        var now = to.stream().collect(Collectors.toMap(RealServer::endpoint, Function.identity()));
        var before = from.stream().collect(Collectors.toMap(RealServer::endpoint, Function.identity()));
        from.stream().filter(old -> !now.containsKey(old.endpoint())).forEach(
                old -> changes.add(new Change.RealServerRemoved(service, old)));
        for (var realServer : to) {
            var old = before.get(realServer.endpoint());
            if (old == null) {
                changes.add(new Change.RealServerAdded(service, realServer));
            } else {
                String of = service + " " + realServer.endpoint();
                part("weight", of, old.weight(), realServer.weight(), String::valueOf, changes);
                part("method", of, ChangeText.method(old), ChangeText.method(realServer), Function.identity(), changes);
            }
        }
    }

    private static <T> void part(
            String part, String of, T from, T to, Function<? super T, String> text, List<Change> changes) {
        if (!from.equals(to)) {
            changes.add(new Changed(part, of, text.apply(from), text.apply(to)));
        }
    }

    private static boolean holdsBack(DirectorConfig config) {
        return config.ipvsSync().map(IpvsSync::holdBack).orElse(false);
    }

    private static void settings(DirectorConfig from, DirectorConfig to, List<Change> changes) {
        Stream.of(
                        setting("director.name", from, to, DirectorConfig::name),
                        setting("director.engine", from, to, config -> ChangeText.of(config.engine().kind())),
                        setting("director.engine.offload", from, to, config -> ChangeText.onOff(config.engine().offload())),
                        setting("director.engine.accelerate", from, to,
                                config -> ChangeText.of(config.engine().accelerate())),
                        setting("director.engine.pin", from, to, config -> ChangeText.of(config.engine().pin())),
                        setting("director.connections-max", from, to, config -> "" + config.connectionsMax()),
                        setting("director.cluster.name", from, to, config -> config.cluster().name()),
                        setting("director.cluster.members", from, to, config -> ChangeText.ofMembers(config.cluster().members())),
                        setting("director.cluster.detection", from, to,
                                config -> ChangeText.of(config.cluster().detection())),
                        setting("director.cluster.lease", from, to, config -> ChangeText.of(config.cluster().lease())),
                        setting("director.cluster.arbiter", from, to, config -> config.cluster().arbiter().text()),
                        setting("director.cluster.tls", from, to,
                                config -> config.cluster().keys().map(keys -> "on with " + keys).orElse("off")),
                        setting("director.admin-socket", from, to, config -> "" + config.adminSocket()),
                        setting("director.metrics", from, to,
                                config -> config.metrics().map(Object::toString).orElse("off")),
                        setting("director.ipvs-sync", from, to,
                                config -> config.ipvsSync().map(ChangeText::of).orElse("off")))
                .flatMap(Optional::stream)
                .forEach(changes::add);
    }

    private static Optional<Change> setting(
            String key, DirectorConfig from, DirectorConfig to, Function<DirectorConfig, String> text) {
        String was = text.apply(from);
        String is = text.apply(to);
        return was.equals(is) ? Optional.empty() : Optional.of(new NeedsRestart(key, was, is));
    }
}
