package hadirector.director;

import hadirector.admin.Answer;
import hadirector.admin.Operations;
import hadirector.admin.StatusReport;
import hadirector.admin.TakeoverReport;
import hadirector.config.ConfigResult;
import hadirector.config.DirectorConfig;
import hadirector.engine.Counter;
import hadirector.engine.BeaconIdentity;
import hadirector.engine.EngineEvent;
import hadirector.engine.ForwardingEngine;
import hadirector.group.ClusterChannel;
import hadirector.group.View;
import hadirector.health.HealthListener;
import hadirector.health.ProbeResult;
import hadirector.health.Target;
import hadirector.health.TargetHealth;
import hadirector.health.Verdict;
import hadirector.health.probe.HealthMonitor;
import hadirector.health.probe.Scripts;
import hadirector.model.Arbiter;
import hadirector.model.Check;
import hadirector.model.IpvsSync;
import hadirector.model.SyncMode;
import hadirector.model.Track;
import hadirector.model.Vip;
import hadirector.model.VirtualService;
import hadirector.outbound.Masquerade;
import hadirector.role.Event;
import hadirector.role.FailoverRequest;
import hadirector.role.RoleMessage;
import hadirector.role.Standing;
import hadirector.sync.ConnectionSync;
import hadirector.sync.SyncStats;
import hadirector.sync.ipvs.IpvsPartner;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One director at work: brings config, health, roles, replication and engine together. Everything that decides runs on
/// the thread of its [Loop]; what [Operators] want comes from their threads and asks that thread.
public final class Director implements AutoCloseable {
    private static final long STOP_SECONDS = 7;
    private static final long LOOK_NANOS = Duration.ofMillis(200).toNanos();
    private static final Duration RECEIVED_MAX = Duration.ofMillis(500);

    /// The new holder of a group that was handed over answers sooner.
    private static final Duration ANSWER_MAX = Duration.ofSeconds(2);

    private final ForwardingEngine engine;
    private final ClusterChannel channel;
    private final ConnectionSync sync;
    private final HealthMonitor health;
    private final EventLog log;
    private final Loop loop = new Loop(this::tick, this::loopDied);
    private final PeerMessages peers;
    private final Operators operators;
    private final RealServers servers;
    private final EngineWatch watch;
    private final Masquerade masquerade;
    private final Outbound outbound;
    private final long incarnation = System.currentTimeMillis();
    private final Instant started = Instant.now();
    private final GroupSet groups;
    private final Optional<IpvsPartner> ipvs;
    private final Failovers failovers;
    private final Takeovers takeovers;
    private final FlightEvents flightEvents;
    private final Links links = new Links();
    private final Guard guard;
    private final Gateways gateways;
    private final Tracks tracks = new Tracks();
    private final Scripts scripts = new Scripts(verdict -> loop().execute(() -> tracked(verdict)));
    private Set<String> engineDown = Set.of();
    private Set<String> tracksDown = Set.of();
    private Map<String, String> alarms = Map.of();
    private long looked = System.nanoTime();
    private final Map<String, String> uncommitted = new ConcurrentHashMap<>();
    private final Map<String, Instant> snapshots = new ConcurrentHashMap<>();
    private final Set<String> stopping = new TreeSet<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile Runnable onFailure = () -> {};
    private volatile HealthListener probes = _ -> {};
    private volatile Consumer<TakeoverReport> takeoverListener = _ -> {};
    private boolean ending;
    private @Nullable BeaconIdentity identity;
    private volatile FirstLook firstLook = new FirstLook(List.of(), System.nanoTime());
    private volatile DirectorConfig config;
    private volatile View view = new View(0, List.of(), false);
    private volatile @Nullable String failure;
    private Optional<Bequest> bequest = Optional.empty();
    private volatile Set<String> heldAtStop = Set.of();

    /// Wires the parts; nothing runs before [#start].
    ///
    /// @param reader reads the config file again, for a reload
    /// @param masquerade of the realservers of held groups; closed with the director
    /// @param engine made with [#engineEvent] of this director's future as its listener, see `hadirector.main`
    public Director(
            DirectorConfig config,
            Supplier<ConfigResult> reader,
            ForwardingEngine engine,
            Masquerade masquerade,
            ClusterChannel channel) {
        this.config = config;
        this.engine = engine;
        this.masquerade = masquerade;
        this.channel = channel;
        takeovers = new Takeovers(config.name());
        log = new EventLog(config.name(), this::noted);
        servers = new RealServers(engine, log);
        watch = new EngineWatch(engine);
        outbound = new Outbound(masquerade);
        failovers = new Failovers(config.name(), incarnation);
        sync =
                new ConnectionSync(
                        config.cluster().name(), config.name(), config.groups().keySet(), channel, engine.table());
        flightEvents = new FlightEvents(sync::stats);
        var quarter = config.cluster().lease().dividedBy(4);
        var receivedMax = quarter.compareTo(RECEIVED_MAX) < 0 ? quarter : RECEIVED_MAX;
        groups = new GroupSet(
                () -> this.config,
                incarnation,
                sync,
                settings -> new GroupControl(settings, engine, sync, new Outlet(), log, receivedMax));
        ipvs = config.ipvsSync().map(settings -> new IpvsPartner(settings, engine.table(), groups::isFree, groups::held));
        peers = new PeerMessages(config.cluster().name(), config.name(), channel, groups, servers, failovers, takeovers, log);
        operators = new Operators(loop, this::status, engine, groups, servers, peers, failovers, takeovers,
                new Reload(reader, () -> this.config, this::apply));
        health = new HealthMonitor(new Verdicts());
        guard = new Guard(() -> this.config, engine, loop, log);
        gateways = new Gateways(config.cluster().arbiter().gateways(), engine, loop, config.cluster().detection(), this::gatewaySeen);
    }

    private Loop loop() {
        return loop;
    }

    /// Leaves the connections of groups that nobody else has to the next process, and takes over what the last one left; before [#start].
    public void keepConnections(Path file) {
        bequest = Optional.of(new Bequest(file, engine, () -> config, log));
    }

    /// What operators may ask of it.
    public Operations operations() {
        return operators;
    }

    /// Takes up work: engine, probes, then the cluster, so that a director is ready when others see it.
    ///
    /// @throws Exception if the engine cannot have its interfaces or the group cannot be joined
    public void start() throws Exception {
        engine.configure(config.groups().values(), config.services().values());
        servers.configure(config.services().values());
        config.groups().keySet().forEach(groups::add);
        if (bequest.isPresent()) {
            bequest.get().accept();
        }
        firstLook = new FirstLook(config.services().values(), System.nanoTime());
        identify();
        warnOfArbiter();
        scripts.configure(tracks.configure(config.groups().values(), config.name()));
        loop.start();
        watch.start();
        health.configure(probed());
        ipvs.ifPresent(partner -> {
            partner.configure(config.services().values());
            partner.start(sync);
        });
        sync.start();
        channel.connect(new Members());
        bequest.ifPresent(Bequest::accepted);
        log.event("started", "engine", engine.kind(), "mode", engine.mode());
    }

    /// The services that it may have to serve: a witness has none.
    private Collection<VirtualService> probed() {
        boolean mayHold = config.groups().values().stream().anyMatch(group -> group.priority().containsKey(config.name()));
        return mayHold ? config.services().values() : List.of();
    }

    private void warnOfArbiter() {
        var arbiter = config.cluster().arbiter();
        if (arbiter instanceof Arbiter.None && config.cluster().members().size() > 1) {
            log.warn("arbiter", "type", "none", "risk",
                    "if the cluster network and a client network are cut at once, each part has a holder of its own");
        } else {
            log.event("arbiter", "type", arbiter.text());
        }
    }

    private void gatewaySeen(boolean seen) {
        if (seen) {
            log.event("gateway", "seen", true);
        } else {
            log.warn("gateway", "seen", false);
        }
        groups.feedAll(new Event.GatewaySeen(seen));
        tellFitness();
    }

    private void tracked(Scripts.Verdict verdict) {
        if (tracks.take(verdict)) {
            log.event("script", "name", verdict.script().name(), "good", verdict.good(), "why", verdict.why());
            tellFitness();
        }
    }

    /// Tells the engine by which keys holders' beacons are signed now.
    private void identify() {
        var keys = channel.beaconKeys();
        var next = keys.isEmpty()
                ? BeaconIdentity.open(config.cluster().name(), config.name())
                : new BeaconIdentity(config.cluster().name(), config.name(), keys);
        if (!next.equals(identity)) {
            identity = next;
            engine.identify(next);
        }
    }

    /// Looks at what nobody tells: changed keys, tracked interfaces, and whether an alarm has begun or ended.
    private void look(long now) {
        gateways.tick(now);
        if (now - looked < LOOK_NANOS) {
            return;
        }
        looked = now;
        identify();
        var down = tracks.down();
        if (!down.equals(tracksDown)) {
            tracksDown = down;
            linksChanged();
        }
        var before = alarms;
        alarms = groups.alarms(now);
        alarms.forEach((group, why) -> {
            if (!why.equals(before.get(group))) {
                log.warn("alarm", "group", group, "why", why);
            }
        });
        before.keySet().stream().filter(group -> !alarms.containsKey(group)).forEach(group -> log.event("alarm-over", "group", group));
    }

    private void linksChanged() {
        var down = new TreeSet<>(engineDown);
        down.addAll(tracksDown);
        log.event("links", "down", down.isEmpty() ? "none" : String.join(",", down));
        links.changed(down, System.nanoTime());
        tellFitness();
    }

    private void tick() {
        groups.tick();
        long now = System.nanoTime();
        guard.tick(now);
        look(now);
        boolean settled = links.settle(now);
        boolean firstLooked = (tracks.haveRun() || firstLook.isLate(now)) && firstLook.ends(now);
        if (settled || firstLooked || gateways.areLost()) {
            tellFitness();
        }
        takeovers.complete(this::totals, now).forEach(this::tookOver);
    }

    private Takeovers.Totals totals() {
        var stats = watch.stats().orElseGet(watch::last);
        var counters = stats.counters();
        return new Takeovers.Totals(
                stats.connections(),
                counters.getOrDefault(Counter.RESETS_SENT, 0L),
                counters.getOrDefault(Counter.RESCHEDULED, 0L));
    }

    private void noted(EventLog.Entry entry) {
        takeovers.happened(entry);
        FlightEvents.happened(entry);
    }

    private void tookOver(TakeoverReport report) {
        log.event(
                "takeover",
                "group",
                report.group(),
                "epoch",
                report.epoch(),
                "from",
                report.from() == null ? "none" : report.from(),
                "cause",
                report.cause().word(),
                "why",
                report.why(),
                "gap-ms",
                report.gapMillis() == null ? "unknown" : report.gapMillis(),
                "connections",
                report.connections());
        takeoverListener.accept(report);
        peers.tellOthers(new RoleMessage.Takeover(report.toJson()));
    }

    /// What the engine finds out; any thread.
    public void engineEvent(EngineEvent event) {
        loop.execute(() -> happened(event));
    }

    private void happened(EngineEvent event) {
        switch (event) {
            case EngineEvent.LinksDown(Set<String> down) -> {
                engineDown = Set.copyOf(down);
                linksChanged();
            }
            case EngineEvent.SnapshotApplied(String group, int epoch, boolean verified, int entries) -> {
                log.event("snapshot", "group", group, "epoch", epoch, "entries", entries, "verified", verified);
                sync.stats().groups().stream()
                        .filter(stats -> stats.name().equals(group))
                        .findFirst()
                        .flatMap(SyncStats.Group::source)
                        .ifPresent(source -> snapshots.put(source, Instant.now()));
                var _ = groups.feed(group, new Event.Synced(epoch, verified));
            }
            case EngineEvent.ShardDiffers(String group, int shard, int here, int there) -> {
                log.warn("copy-differs", "group", group, "shard", shard, "here", here, "there", there);
                sync.requestShard(group, shard);
            }
            case EngineEvent.ShardRepaired(String group, int shard, int connections, int removed) ->
                log.event("copy-repaired", "group", group, "shard", shard, "connections", connections, "removed", removed);
            case EngineEvent.HandoverArrived(String group, int epoch) -> {
                log.event("handover-arrived", "group", group, "epoch", epoch);
                var _ = groups.feed(group, new Event.HandoverArrived(epoch));
            }
            case EngineEvent.FirstForwarded(String group, int epoch, long atNanos) -> {
                    takeovers.forwarded(group, atNanos);
                    log.event(
                            "first-forwarded",
                            "group",
                            group,
                            "epoch",
                            epoch,
                            "age-us",
                            (System.nanoTime() - atNanos) / 1000);
            }
            case EngineEvent.Fenced(Set<String> fenced, Duration pause) -> {
                log.warn("fenced", "groups", String.join(",", new TreeSet<>(fenced)), "pause-ms", pause.toMillis());
                var why = new Event.Fenced("it stood still for %d ms".formatted(pause.toMillis()));
                fenced.forEach(group -> groups.feed(group, why));
            }
            case EngineEvent.HolderHeard(String group, String director, int epoch) -> {
                takeovers.seen(group, director, System.nanoTime());
                guard.holderHeard(group, director);
                var _ = groups.feed(group, new Event.HolderHeard(director, epoch));
            }
            case EngineEvent.HolderLeft(String group, String director, int epoch) -> {
                guard.holderLeft(group, director);
                log.event("holder-left", "group", group, "director", director, "epoch", epoch);
                var _ = groups.feed(group, new Event.HolderLeft(director, epoch));
            }
            case EngineEvent.Uncommitted(String service, String why) -> {
                uncommitted.put(service, why);
                log.warn("uncommitted", "service", service, "why", why);
            }
            case EngineEvent.Committed(String service) -> {
                uncommitted.remove(service);
                log.event("committed", "service", service);
            }
            case EngineEvent.Overloaded(String service, int halfOpen, long synsPerSecond) ->
                    log.warn("overloaded", "service", service, "half-open", halfOpen, "syns-per-second", synsPerSecond);
            case EngineEvent.Recovered(String service, int halfOpen) ->
                    log.event("recovered", "service", service, "half-open", halfOpen);
            case EngineEvent.Failed(String why) -> failed(why);
        }
    }

    /// Notes when somebody answers for an address that was handed over: the new holder does, or clients have a gap.
    private void awaitAnswer(String group, Vip vip, long closed) {
        engine.probe(vip.interfaceName(), vip.address(), ANSWER_MAX, answered -> {
            if (answered) {
                double after = Math.round((System.nanoTime() - closed) / 1e4) / 1e2;
                log.event("vip-answered", "group", group, "address", vip.address(), "after-ms", after);
            }
        });
    }

    private void failed(String why) {
        failure = why;
        log.warn("engine-failed", "why", why);
        groups.feedAll(new Event.EngineFailed(why));
        onFailure.run();
    }

    /// Without its thread a director would hold its groups for ever and hear of nothing: fail-stop, like the engine.
    private void loopDied(Error error) {
        failure = "the director's thread ended: " + error;
        config.groups().keySet().forEach(engine::close);
        stopped.countDown();
        onFailure.run();
    }

    /// Lets `listener` see each probe's result, for metrics. Before [#start].
    public void observeProbes(HealthListener listener) {
        probes = listener;
    }

    /// Lets `listener` see the report of each takeover by this director, for metrics. Before [#start].
    public void observeTakeovers(Consumer<TakeoverReport> listener) {
        takeoverListener = listener;
    }

    /// Runs `action` once the engine has failed and the groups are given up. Before [#start].
    public void onFailure(Runnable action) {
        onFailure = action;
    }

    private void tellFitness() {
        if (view.members().isEmpty()) {
            return;
        }
        for (String group : groups.names()) {
            String why = unfit(group);
            var _ = groups.feed(group, new Event.Fitness(why.isEmpty(), why, tracks.weight(track(group))));
        }
    }

    private String unfit(String group) {
        if (failure != null) {
            return "its engine failed: " + failure;
        }
        if (config.ipvsSync().map(IpvsSync::holdBack).orElse(false)) {
            return "it leaves the VIPs to an IPVS director (director.ipvs-sync.hold-back)";
        }
        String why = links.unfit(groups.interfaces(group));
        if (why.isEmpty()) {
            why = tracks.unfit(track(group));
        }
        if (why.isEmpty() && !firstLook.isOver()) {
            return tracks.haveRun() ? "its first health checks are under way" : "its tracked scripts have not run yet";
        }
        return why.isEmpty() ? gateways.unfit(groups.role(group), view.members(), System.nanoTime()) : why;
    }

    private Track track(String group) {
        var known = config.groups().get(group);
        return known == null ? Track.NOTHING : known.track();
    }

    private void viewed(View next) {
        for (String name : view.members()) {
            if (!next.members().contains(name)) {
                log.event("peer-gone", "peer", name);
            }
        }
        for (String name : next.members()) {
            if (!view.members().contains(name) && !name.equals(config.name())) {
                log.event("peer-joined", "peer", name, "merged", next.merged());
            }
        }
        boolean first = view.members().isEmpty();
        boolean complete = next.members().containsAll(config.cluster().members().keySet());
        if (complete) {
            links.complete();
        } else if (first) {
            links.started(System.nanoTime());
        }
        view = next;
        guard.viewed(next.members());
        peers.viewed(next);
        groups.viewed(next);
        if (first || complete) {
            tellFitness(); // Not before the first view: a director that has seen no view would claim, unaware of the holder.
        }
    }

    private StatusReport status() {
        var targets = new HashMap<Target, TargetHealth>();
        health.snapshot().forEach(target -> targets.put(target.target(), target));
        var stats = watch.stats();
        String silent = stats.isPresent() ? null : "it does not answer; the numbers are old";
        return new StatusBuilder(
                        config,
                        started,
                        engine.kind(),
                        engine.mode(),
                        failure != null ? failure : silent,
                        stats.orElseGet(watch::last),
                        view,
                        warnings(),
                        channel.stats(),
                        groups.snapshots(),
                        sync.stats(),
                        targets,
                        servers.drained(),
                        Map.copyOf(snapshots),
                        watch.rates(),
                        ipvs.map(IpvsPartner::stats),
                        groups.alarms(System.nanoTime()))
                .build();
    }

    private Map<String, String> warnings() {
        var found = new LinkedHashMap<>(channel.warnings());
        uncommitted.forEach((service, why) ->
                found.put("sync of " + service, "new connections are not waited for: " + why));
        masquerade.trouble().ifPresent(why -> found.put("masquerade", why));
        ipvs.map(IpvsPartner::stats)
                .filter(stats -> !stats.troubles().isEmpty())
                .ifPresent(stats -> found.put("ipvs-sync", String.join("; ", stats.troubles())));
        found.putAll(peers.warnings(ConfigDigest.of(config)));
        return found;
    }

    private Answer apply(DirectorConfig next, Supplier<Answer> done) {
        return operators.onLoop(() -> applied(next).orElseGet(done));
    }

    /// Applies groups and services of `next`; settings that need a restart stay. Why it did not work, or empty.
    private Optional<Answer> applied(DirectorConfig next) {
        if (ending) {
            return Optional.of(new Answer.Refused("the director is stopping"));
        }
        var before = config;
        try {
            adopt(Configs.merged(before, next));
            log.event("reloaded", "services", config.services().size());
            return Optional.empty();
        } catch (RuntimeException e) {
            log.warn("reload-failed", "why", e);
            engine.configure(before.groups().values(), before.services().values());
            servers.configure(before.services().values());
            servers.apply();
            groups.reopen();
            return Optional.of(
                    new Answer.Failed("the engine refused the new config, the old one runs on: " + e.getMessage()));
        }
    }

    /// The engine first: if it refuses, nothing else has changed.
    private void adopt(DirectorConfig next) {
        var before = config;
        var gone = new TreeSet<>(groups.names());
        gone.removeAll(next.groups().keySet());
        gone.forEach(engine::close);
        engine.configure(next.groups().values(), next.services().values());
        config = next;
        groups.remove(gone);
        servers.configure(next.services().values());
        servers.forgetGone();
        uncommitted.keySet().removeIf(name -> next.services().get(name) == null
                || next.services().get(name).options().sync() != SyncMode.COMMITTED);
        outbound.follow(next);
        sync.groups(next.groups().keySet());
        health.configure(probed());
        scripts.configure(tracks.configure(next.groups().values(), next.name()));
        ipvs.ifPresent(partner -> partner.configure(next.services().values()));
        servers.apply();
        groups.reconfigured(before, view).forEach(engine::announce);
        tellFitness();
    }

    /// Hands over what is held, then leaves; at most a few seconds.
    public void stop() {
        loop.execute(
                () -> {
                    log.event("stopping");
                    ending = true;
                    stopping.addAll(groups.names());
                    heldAtStop = groups.names().stream().filter(group -> groups.role(group).role().kind().holds()).collect(Collectors.toSet());
                    groups.feedAll(new Event.Stopping());
                    if (stopping.isEmpty()) {
                        stopped.countDown();
                    }
                });
        try {
            boolean orderly = stopped.await(STOP_SECONDS, TimeUnit.SECONDS);
            log.event("stopped", "orderly", orderly);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Ends everything; what has not been handed over is closed before the others see this director go and take it.
    @Override
    public void close() {
        flightEvents.close();
        loop.close();
        config.groups().keySet().forEach(engine::close);
        channel.close();
        ipvs.ifPresent(IpvsPartner::close);
        sync.close();
        health.close();
        scripts.close();
        peers.close();
        watch.close();
        masquerade.close();
        bequest.ifPresent(each -> each.leave(orphans()));
        engine.close();
    }

    /// Those that this director held when it was told to stop, and that nobody has taken over.
    private Set<String> orphans() {
        return heldAtStop.stream()
                .filter(group -> groups.names().contains(group))
                .filter(group -> groups.role(group).holder().filter(holder -> !holder.equals(config.name())).isEmpty())
                .collect(Collectors.toSet());
    }

    private final class Members implements ClusterChannel.Listener {
        @Override
        public void view(View next) {
            sync.view(next);
            loop.execute(() -> viewed(next));
        }

        @Override
        public void message(
                String sender, ClusterChannel.MessageKind kind, byte[] message, int offset, int length) {
            guard.heard(sender);
            switch (kind) {
                case SYNC -> sync.message(sender, message, offset, length);
                case CONTROL -> peers.arrived(sender, message, offset, length, loop);
            }
        }
    }

    private final class Verdicts implements HealthListener {
        @Override
        public void probed(Target target, Check check, ProbeResult result, Duration took) {
            firstLook.probed(target);
            probes.probed(target, check, result, took);
        }

        @Override
        public void verdict(Verdict verdict) {
            loop.execute(() -> servers.take(verdict));
        }
    }

    private final class Outlet implements GroupControl.Outlet {
        @Override
        public void tell(Standing standing) {
            peers.tellOthers(new RoleMessage.Told(standing));
        }

        @Override
        public void forward(String group, String holder, FailoverRequest request) {
            peers.tell(holder, new RoleMessage.Ask(group, request));
        }

        @Override
        public void answer(String group, FailoverRequest request, FailoverRequest.Outcome outcome) {
            peers.answer(group, request, outcome);
        }

        @Override
        public void opened(String group, int epoch) {
            takeovers.opened(group, epoch, totals(), System.nanoTime(), System.currentTimeMillis());
            outbound.holding(group, true, config);
        }

        @Override
        public void handedOver(String group) {
            var vip = config.groups().get(group);
            if (vip != null) {
                awaitAnswer(group, vip.vips().getFirst(), System.nanoTime());
            }
        }

        @Override
        public void closed(String group) {
            takeovers.closed(group);
            outbound.holding(group, false, config);
        }

        @Override
        public void guard(String group, int epoch, Consumer<Event> verdict) {
            guard.check(group, epoch, verdict);
        }

        @Override
        public void stopped(String group) {
            stopping.remove(group);
            if (stopping.isEmpty()) {
                stopped.countDown();
            }
        }
    }
}
