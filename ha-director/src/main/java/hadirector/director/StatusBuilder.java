package hadirector.director;

import hadirector.admin.Build;
import hadirector.admin.RateEstimator;
import hadirector.admin.StatusReport;
import hadirector.admin.StatusReport.Verdict;
import hadirector.config.DirectorConfig;
import hadirector.engine.EngineStats;
import hadirector.group.GroupStats;
import hadirector.group.View;
import hadirector.health.ProbeHistory;
import hadirector.health.Target;
import hadirector.health.TargetHealth;
import hadirector.model.RealServer;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import hadirector.role.Role;
import hadirector.sync.SyncStats;
import hadirector.sync.ipvs.IpvsStats;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Puts a [StatusReport] together from what the parts say of themselves. Pure.
///
/// @param failure why the engine does not run, null while it runs
/// @param drained by operators
/// @param alarms by group
/// @param snapshots when the last snapshot from each director was complete
record StatusBuilder(
        DirectorConfig config,
        Instant started,
        String engineKind,
        String engineMode,
        @Nullable String failure,
        EngineStats engine,
        View view,
        Map<String, String> warnings,
        GroupStats wire,
        Map<String, GroupControl.Snapshot> groups,
        SyncStats sync,
        Map<Target, TargetHealth> health,
        Set<Target> drained,
        Map<String, Instant> snapshots,
        RateEstimator rates,
        Optional<IpvsStats> ipvs,
        Map<String, String> alarms) {

    StatusReport build() {
        return new StatusReport(
                config.name(),
                Build.current(),
                started,
                StatusReport.Engine.of(engineKind, engineMode, failure, engine),
                new StatusReport.Cluster(
                        config.cluster().name(), view.number(), view.members(), warnings, StatusReport.Wire.of(wire)),
                config.groups().values().stream().map(this::group).toList(),
                config.cluster().members().keySet().stream()
                        .filter(name -> !name.equals(config.name()))
                        .map(this::peer)
                        .toList(),
                services(),
                ipvs.map(StatusReport.Ipvs::of).orElse(null));
    }

    private StatusReport.Group group(VipGroup group) {
        var snapshot = groups.get(group.name());
        var vips = group.vips().stream().map(Object::toString).toList();
        var gateways = group.gateways().stream().map(Object::toString).toList();
        if (snapshot == null) {
            return new StatusReport.Group(
                    group.name(), null, StatusReport.Role.BACKUP, started, 0, false, "starting", false, 0, null, vips, gateways);
        }
        var role = snapshot.role();
        var standing = role.standing();
        return new StatusReport.Group(
                group.name(),
                role.holder().orElse(null),
                roleOf(role.role().kind()),
                snapshot.since(),
                standing.epoch(),
                standing.fit(),
                standing.fit() ? null : standing.why(),
                standing.copied() != 0,
                snapshot.transitions(),
                alarms.get(group.name()),
                vips,
                gateways);
    }

    private static StatusReport.Role roleOf(Role.Kind kind) {
        return switch (kind) {
            case BACKUP -> StatusReport.Role.BACKUP;
            case CLAIMING -> StatusReport.Role.CLAIMING;
            case ACTIVE, HANDING_OVER -> StatusReport.Role.ACTIVE;
        };
    }

    private StatusReport.Peer peer(String name) {
        return sync.peers().stream()
                .filter(peer -> peer.name().equals(name))
                .findFirst()
                .map(peer -> StatusReport.Peer.of(peer, snapshots.get(name)))
                .orElseGet(() -> new StatusReport.Peer(name, false, 0, 0, null, 0, 0, 0, Map.of()));
    }

    private List<StatusReport.Service> services() {
        var stats = new HashMap<String, EngineStats.Service>();
        engine.services().forEach(service -> stats.put(service.name(), service));
        return config.services().values().stream()
                .map(service -> service(service, stats.get(service.name())))
                .toList();
    }

    private StatusReport.Service service(VirtualService service, EngineStats.@Nullable Service stats) {
        var configured = new HashMap<hadirector.model.Endpoint, RealServer>();
        service.realServers().forEach(server -> configured.put(server.endpoint(), server));
        var servers = new ArrayList<StatusReport.Server>();
        if (stats != null) {
            stats.servers().forEach(server -> servers.add(server(service, server, configured.get(server.endpoint()))));
        }
        return new StatusReport.Service(
                service.name(),
                service.group(),
                service.protocol().word(),
                service.vip().toString(),
                service.scheduler().word(),
                stats == null ? 0 : stats.halfOpen(),
                stats != null && stats.overloaded(),
                servers);
    }

    private StatusReport.Server server(
            VirtualService service, EngineStats.Server server, @Nullable RealServer configured) {
        var target = new Target(service.name(), server.endpoint());
        var health = this.health.get(target);
        return new StatusReport.Server(
                server.endpoint().toString(),
                server.method(),
                server.local(),
                server.weight(),
                configured == null ? 0 : configured.weight(),
                configured == null || drained.contains(target),
                verdict(health),
                reason(health),
                health == null || verdict(health) == Verdict.UNKNOWN ? null : health.since(),
                server.active(),
                server.inactive(),
                server.ended(),
                StatusReport.Traffic.of(server),
                rates.rates(service.name(), server.endpoint()));
    }

    private static Verdict verdict(@Nullable TargetHealth health) {
        if (health == null) {
            return Verdict.UNKNOWN;
        }
        return switch (health.status()) {
            case UNKNOWN -> Verdict.UNKNOWN;
            case UP -> Verdict.UP;
            case DOWN -> Verdict.DOWN;
        };
    }

    private static @Nullable String reason(@Nullable TargetHealth health) {
        return health == null
                ? null
                : health.probe()
                        .map(TargetHealth.Probed::history)
                        .flatMap(ProbeHistory::lastBad)
                        .map(dated -> dated.result().text())
                        .orElse(null);
    }
}
