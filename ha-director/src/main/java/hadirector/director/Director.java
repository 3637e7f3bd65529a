package hadirector.director;

import hadirector.admin.Answer;
import hadirector.admin.ConnectionFilter;
import hadirector.admin.Operations;
import hadirector.admin.RateEstimator;
import hadirector.admin.StatusReport;
import hadirector.config.ConfigDifference;
import hadirector.config.ConfigResult;
import hadirector.config.DirectorConfig;
import hadirector.conn.ConnectionEntry;
import hadirector.engine.EngineEvent;
import hadirector.engine.EngineStats;
import hadirector.engine.ForwardingEngine;
import hadirector.engine.Whereabouts;
import hadirector.group.ClusterChannel;
import hadirector.group.View;
import hadirector.health.HealthListener;
import hadirector.health.ProbeResult;
import hadirector.health.Target;
import hadirector.health.TargetHealth;
import hadirector.health.Verdict;
import hadirector.health.probe.HealthMonitor;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import hadirector.model.Protocol;
import hadirector.model.Vip;
import hadirector.role.Event;
import hadirector.role.FailoverRequest;
import hadirector.role.GroupSettings;
import hadirector.role.RefusedMessage;
import hadirector.role.RoleCodec;
import hadirector.role.RoleMessage;
import hadirector.role.Standing;
import hadirector.sync.ConnectionSync;
import hadirector.sync.SnapshotState;
import hadirector.sync.SyncStats;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One director at work: brings config, health, roles, replication and engine together. Everything that decides runs on
/// the thread of its [Loop]; the methods of [Operations] come from operators' threads and ask that thread.
public final class Director implements Operations, AutoCloseable {
    /// Longer than an engine may take to answer.
    private static final long ANSWER_SECONDS = 30;

    private static final long STOP_SECONDS = 5;
    private static final Duration RATES = Duration.ofSeconds(2);
    private static final EngineStats NO_STATS = new EngineStats(Map.of(), 0, 0, List.of());

    private final ForwardingEngine engine;
    private final ClusterChannel channel;
    private final ConnectionSync sync;
    private final HealthMonitor health;
    private final ControlBus bus;
    private final RoleCodec codec;
    private final EventLog log;
    private final Loop loop = new Loop(this::tick, this::loopDied);
    private final Supplier<ConfigResult> reader;
    private final long incarnation = System.currentTimeMillis();
    private final Instant started = Instant.now();
    private final Map<String, GroupControl> groups = new ConcurrentHashMap<>();
    private final Weights weights = new Weights();
    private final Drains drains = new Drains();
    private final RateEstimator rates = new RateEstimator();
    private final Failovers failovers;
    private final Links links = new Links();
    private final Refusals refusals = new Refusals();
    private final Thread sampler = Thread.ofPlatform().name("rates").daemon().unstarted(this::sampleRates);
    private final Map<String, Instant> snapshots = new ConcurrentHashMap<>();
    private final Map<String, Integer> digests = new ConcurrentHashMap<>();
    private final Set<String> stopping = new TreeSet<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile Runnable onFailure = () -> {};
    private volatile HealthListener probes = _ -> {};
    private boolean ending;
    private volatile FirstLook firstLook = new FirstLook(List.of(), System.nanoTime());
    private volatile EngineStats lastStats = NO_STATS;
    private volatile DirectorConfig config;
    private volatile Set<Target> drained = Set.of();
    private volatile View view = new View(0, List.of(), false);
    private volatile @Nullable String failure;

    /// Wires the parts; nothing runs before [#start].
    ///
    /// @param reader reads the config file again, for [#reload]
    /// @param engine made with [#engineEvent] of this director's future as its listener, see `hadirector.main`
    public Director(
            DirectorConfig config,
            Supplier<ConfigResult> reader,
            ForwardingEngine engine,
            ClusterChannel channel) {
        this.config = config;
        this.reader = reader;
        this.engine = engine;
        this.channel = channel;
        log = new EventLog(config.name());
        bus = new ControlBus(channel);
        failovers = new Failovers(config.name(), incarnation);
        codec = new RoleCodec(config.cluster().name());
        sync =
                new ConnectionSync(
                        config.cluster().name(), config.name(), config.groups().keySet(), channel, engine.table());
        health = new HealthMonitor(new Verdicts());
    }

    /// Takes up work: engine, probes, then the cluster, so that a director is ready when others see it.
    ///
    /// @throws Exception if the engine cannot have its interfaces or the group cannot be joined
    public void start() throws Exception {
        engine.configure(config.groups().values(), config.services().values());
        weights.configure(config.services().values());
        config.groups().keySet().forEach(name -> groups.put(name, control(name)));
        firstLook = new FirstLook(config.services().values(), System.nanoTime());
        loop.start();
        sampler.start();
        health.configure(config.services().values());
        sync.start();
        channel.connect(new Members());
        log.event("started", "engine", engine.kind(), "mode", engine.mode());
    }

    private GroupControl control(String name) {
        return new GroupControl(settings(name), engine, sync, new Outlet(), log);
    }

    private GroupSettings settings(String name) {
        var group = config.groups().get(name);
        if (group == null) {
            throw new IllegalArgumentException("no group " + name);
        }
        return new GroupSettings(
                config.name(),
                incarnation,
                name,
                group.priority(),
                group.preempt(),
                ConfigDigest.of(config),
                GroupSettings.Timing.DEFAULT);
    }

    private void tick() {
        for (var group : groups.values()) {
            int copied = group.role().standing().copied();
            if (sync.snapshot(group.name()) == SnapshotState.BROKEN && copied != 0) {
                group.feed(new Event.Synced(copied, false));
            }
            group.feed(new Event.Tick());
        }
        long now = System.nanoTime();
        boolean settled = links.settle(now);
        boolean looked = firstLook.ends(now);
        if (settled || looked) {
            tellFitness();
        }
    }

    /// On a thread of its own: an engine that is slow to answer must not hold up the roles.
    private void sampleRates() {
        try {
            while (true) {
                Thread.sleep(RATES);
                stats().ifPresent(stats -> rates.sample(stats, System.nanoTime()));
            }
        } catch (InterruptedException _) {
            return; // Closed.
        }
    }

    /// Empty if the engine does not answer.
    private Optional<EngineStats> stats() {
        try {
            var stats = engine.stats();
            lastStats = stats;
            return Optional.of(stats);
        } catch (IllegalStateException _) {
            return Optional.empty();
        }
    }

    /// What the engine finds out; any thread.
    public void engineEvent(EngineEvent event) {
        loop.execute(() -> happened(event));
    }

    private void happened(EngineEvent event) {
        switch (event) {
            case EngineEvent.LinksDown(Set<String> down) -> {
                log.event("links", "down", down.isEmpty() ? "none" : String.join(",", new TreeSet<>(down)));
                links.changed(down, System.nanoTime());
                tellFitness();
            }
            case EngineEvent.SnapshotApplied(String group, int epoch, boolean verified, int entries) -> {
                log.event("snapshot", "group", group, "epoch", epoch, "entries", entries, "verified", verified);
                sync.stats().groups().stream()
                        .filter(stats -> stats.name().equals(group))
                        .findFirst()
                        .flatMap(SyncStats.Group::source)
                        .ifPresent(source -> snapshots.put(source, Instant.now()));
                feed(group, new Event.Synced(epoch, verified));
            }
            case EngineEvent.HandoverArrived(String group, int epoch) ->
                    feed(group, new Event.HandoverArrived(epoch));
            case EngineEvent.FirstForwarded(String group, int epoch, long atNanos) ->
                    log.event(
                            "first-forwarded",
                            "group",
                            group,
                            "epoch",
                            epoch,
                            "age-us",
                            (System.nanoTime() - atNanos) / 1000);
            case EngineEvent.Failed(String why) -> failed(why);
        }
    }

    private void failed(String why) {
        failure = why;
        log.warn("engine-failed", "why", why);
        groups.values().forEach(group -> group.feed(new Event.EngineFailed(why)));
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

    /// Runs `action` once the engine has failed and the groups are given up. Before [#start].
    public void onFailure(Runnable action) {
        onFailure = action;
    }

    private void feed(String group, Event event) {
        var control = groups.get(group);
        if (control != null) {
            control.feed(event);
        }
    }

    private void tellFitness() {
        if (view.members().isEmpty()) {
            return;
        }
        for (var group : groups.values()) {
            String why = unfit(group.name());
            group.feed(new Event.Fitness(why.isEmpty(), why));
        }
    }

    private String unfit(String group) {
        if (failure != null) {
            return "its engine failed: " + failure;
        }
        String why = links.unfit(interfaces(group));
        return why.isEmpty() && !firstLook.isOver() ? "its first health checks are under way" : why;
    }

    private Set<String> interfaces(String group) {
        var found = config.groups().get(group);
        return found == null
                ? Set.of()
                : Set.copyOf(found.addresses().stream().map(Vip::interfaceName).distinct().toList());
    }

    private void viewed(View next) {
        for (String name : view.members()) {
            if (!next.members().contains(name)) {
                log.event("peer-gone", "peer", name);
                digests.remove(name);
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
        refusals.forget();
        groups.values().forEach(group -> group.feed(new Event.ViewChanged(next.members(), next.merged())));
        if (first || complete) {
            tellFitness(); // Not before the first view: a director that has seen no view would claim, unaware of the holder.
        }
    }

    /// To one that has joined, or has read a config with other realservers.
    private void tellDrains(String peer) {
        drains.words().forEach((target, word) -> bus.send(peer, codec.encode(drain(target, word))));
    }

    private static RoleMessage drain(Target target, Drains.Word word) {
        return new RoleMessage.ServerOverride(target.service(), target.realServer(), word.drained(), word.at());
    }

    private void tellOthers(RoleMessage message) {
        var others = view.members().stream().filter(name -> !name.equals(config.name())).toList();
        bus.sendAll(others, codec.encode(message));
    }

    private void received(String sender, RoleMessage message) {
        switch (message) {
            case RoleMessage.Told(Standing standing) -> told(sender, standing);
            case RoleMessage.Ask(String group, FailoverRequest request) -> asked(sender, group, request);
            case RoleMessage.Answered(String _, long request, var outcome) -> failovers.ended(request, outcome);
            case RoleMessage.ServerOverride(String service, Endpoint realServer, boolean isDrained, long at) -> {
                var target = new Target(service, realServer);
                // Of one that this config does not have yet it is told again after the reload.
                if (weights.knows(target) && drains.take(target, new Drains.Word(isDrained, at))) {
                    log.event(isDrained ? "drained" : "enabled", "realserver", target, "by", sender);
                    applyWeights();
                }
            }
        }
    }

    private void asked(String sender, String group, FailoverRequest request) {
        if (request.origin().equals(sender)) { // Nobody speaks for another.
            feed(group, new Event.FailoverRequested(request));
        }
    }

    private void told(String sender, Standing standing) {
        if (!standing.director().equals(sender) || !view.members().contains(sender)) {
            return;
        }
        var before = digests.put(sender, standing.configDigest());
        if (before == null || before != standing.configDigest()) {
            tellDrains(sender);
        }
        var group = groups.get(standing.group());
        if (group != null) {
            group.feed(new Event.Heard(standing));
        } else if (standing.priority() != Standing.NOT_LISTED) {
            var stranger =
                    Standing.stranger(config.name(), standing.group(), incarnation, ConfigDigest.of(config));
            bus.send(sender, codec.encode(new RoleMessage.Told(stranger)));
        }
    }

    /// Effective weights follow verdicts, drains and config.
    private void applyWeights() {
        drained = drains.drained();
        weights.drain(drained);
        weights.takeChanges()
                .forEach((target, state) -> engine.server(target.service(), target.realServer(), state.weight(), state.up()));
    }

    @Override
    public StatusReport status() {
        var snapshotOfGroups = new HashMap<String, GroupControl.Snapshot>();
        groups.forEach((name, group) -> snapshotOfGroups.put(name, group.snapshot()));
        var targets = new HashMap<Target, TargetHealth>();
        health.snapshot().forEach(target -> targets.put(target.target(), target));
        var stats = stats();
        String silent = stats.isPresent() ? null : "it does not answer; the numbers are old";
        return new StatusBuilder(
                        config,
                        started,
                        engine.kind(),
                        engine.mode(),
                        failure != null ? failure : silent,
                        stats.orElse(lastStats),
                        view,
                        warnings(),
                        snapshotOfGroups,
                        sync.stats(),
                        targets,
                        drained,
                        Map.copyOf(snapshots),
                        rates)
                .build();
    }

    private Map<String, String> warnings() {
        var found = new LinkedHashMap<>(channel.warnings());
        int own = ConfigDigest.of(config);
        digests.forEach(
                (name, digest) -> {
                    if (digest != own) {
                        found.put("config", name + " has other groups or services in its config file");
                    }
                });
        return found;
    }

    @Override
    public List<ConnectionEntry> connections(ConnectionFilter filter, int limit) {
        return engine.connections(filter, limit);
    }

    @Override
    public Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual) {
        return engine.where(protocol, client, virtual);
    }

    @Override
    public Answer failover(String group, Optional<String> target) {
        var control = groups.get(group);
        if (control == null) {
            return new Answer.Invalid("no group " + group);
        }
        return failovers.ask(
                group, target, request -> loop.execute(() -> control.feed(new Event.FailoverRequested(request))));
    }

    @Override
    public Answer drain(String service, Endpoint realServer) {
        return override(new Target(service, realServer), true);
    }

    @Override
    public Answer enable(String service, Endpoint realServer) {
        return override(new Target(service, realServer), false);
    }

    private Answer override(Target target, boolean drain) {
        long began = System.nanoTime();
        return onLoop(
                () -> {
                    if (!weights.knows(target)) {
                        return new Answer.Invalid("no realserver " + target + " in the config");
                    }
                    var word = drains.now(target, drain, System.currentTimeMillis());
                    boolean _ = drains.take(target, word);
                    tellOthers(drain(target, word));
                    applyWeights();
                    log.event(drain ? "drained" : "enabled", "realserver", target, "by", "operator");
                    return new Answer.Done(
                            target + (drain ? " is draining" : " is enabled"), (System.nanoTime() - began) / 1_000_000);
                });
    }

    /// The answer that the director's thread gives; an operator does not wait for ever for one that is stuck.
    private Answer onLoop(Supplier<Answer> task) {
        try {
            return loop.ask(task).get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException _) {
            return new Answer.Failed("the director is busy; it may still do it");
        } catch (ExecutionException e) {
            return new Answer.Failed(String.valueOf(e.getCause()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Answer.Failed("interrupted");
        }
    }

    /// One at a time: a file that was read earlier must not be applied later.
    @Override
    public synchronized Answer reload(boolean dryRun) {
        long began = System.nanoTime();
        return switch (reader.get()) {
            case ConfigResult.Invalid(var problems) ->
                    new Answer.Invalid(problems.stream().map(Object::toString).toList());
            case ConfigResult.Valid(DirectorConfig next, var _) -> {
                var difference = ConfigDifference.between(config, next);
                yield dryRun || difference.isEmpty()
                        ? done(difference, dryRun, began)
                        : onLoop(() -> apply(next).orElseGet(() -> done(difference, false, began)));
            }
        };
    }

    private static Answer done(ConfigDifference difference, boolean dryRun, long began) {
        long millis = (System.nanoTime() - began) / 1_000_000;
        return new Answer.Done(reloaded(difference, dryRun), millis, difference.lines());
    }

    private static String reloaded(ConfigDifference difference, boolean dryRun) {
        int restart = difference.needRestart().size();
        int count = difference.changes().size() - restart;
        String changes = count == 0 ? "nothing" : count + (count == 1 ? " change" : " changes");
        String rest = restart == 0 ? "" : "; " + restart + (restart == 1 ? " needs" : " need") + " a restart";
        return (dryRun ? "a reload would apply: " : "applied: ") + changes + rest;
    }

    /// Applies groups and services of `next`; settings that need a restart stay. Why it did not work, or empty.
    private Optional<Answer> apply(DirectorConfig next) {
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
            weights.configure(before.services().values());
            applyWeights();
            groups.values().forEach(GroupControl::reopen);
            return Optional.of(
                    new Answer.Failed("the engine refused the new config, the old one runs on: " + e.getMessage()));
        }
    }

    /// The engine first: if it refuses, nothing else has changed.
    private void adopt(DirectorConfig next) {
        var before = config;
        var gone = new TreeSet<>(groups.keySet());
        gone.removeAll(next.groups().keySet());
        gone.forEach(engine::close);
        engine.configure(next.groups().values(), next.services().values());
        config = next;
        groups.keySet().removeAll(gone);
        weights.configure(next.services().values());
        drains.retain(weights.targets());
        sync.groups(next.groups().keySet());
        health.configure(next.services().values());
        applyWeights();
        for (var group : next.groups().values()) {
            var known = groups.get(group.name());
            if (known == null) {
                introduce(group.name());
            } else {
                known.feed(new Event.Reconfigured(group.priority(), group.preempt(), ConfigDigest.of(next)));
                if (!addresses(before, group.name()).containsAll(addresses(next, group.name()))) {
                    copyAnew(known);
                }
                if (!group.equals(before.groups().get(group.name())) && known.role().role().kind().holds()) {
                    engine.announce(group.name());
                }
            }
        }
        tellFitness();
    }

    private record Listening(Protocol protocol, Endpoint vip) {}

    private static Set<Listening> addresses(DirectorConfig config, String group) {
        return config.services().values().stream()
                .filter(service -> service.group().equals(group))
                .map(service -> new Listening(service.protocol(), service.vip()))
                .collect(Collectors.toSet());
    }

    /// Connections of a service that was unknown here until now were refused: only a new snapshot brings them.
    private static void copyAnew(GroupControl group) {
        int copied = group.role().standing().copied();
        if (copied != 0) {
            group.feed(new Event.Synced(copied, false));
        }
    }

    private void introduce(String name) {
        var control = control(name);
        groups.put(name, control);
        if (!view.members().isEmpty()) {
            control.feed(new Event.ViewChanged(view.members(), false));
        }
    }

    /// Hands over what is held, then leaves; at most a few seconds.
    public void stop() {
        loop.execute(
                () -> {
                    log.event("stopping");
                    ending = true;
                    stopping.addAll(groups.keySet());
                    List.copyOf(groups.values()).forEach(group -> group.feed(new Event.Stopping()));
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
        loop.close();
        config.groups().keySet().forEach(engine::close);
        channel.close();
        sync.close();
        health.close();
        bus.close();
        sampler.interrupt();
        engine.close();
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
            switch (kind) {
                case SYNC -> sync.message(sender, message, offset, length);
                case CONTROL -> control(sender, message, offset, length);
            }
        }
    }

    private void control(String sender, byte[] message, int offset, int length) {
        try {
            var known = codec.decode(message, offset, length);
            loop.execute(() -> received(sender, known));
        } catch (RefusedMessage refused) {
            loop.execute(() -> refused(sender, refused));
        }
    }

    /// A kind of message that is new is skipped; a sender of another version may hold groups.
    private void refused(String sender, RefusedMessage refused) {
        if (refusals.isNew(sender, refused.reason())) {
            log.warn("refused-message", "sender", sender, "reason", refused.reason(), "why", String.valueOf(refused.getMessage()));
        }
        if (refused.reason() == RefusedMessage.Reason.VERSION) {
            unreadable(sender);
        }
    }

    private void unreadable(String sender) {
        groups.values().forEach(group -> group.feed(new Event.Unreadable(sender)));
    }

    private final class Verdicts implements HealthListener {
        @Override
        public void probed(Target target, Check check, ProbeResult result, Duration took) {
            firstLook.probed(target);
            probes.probed(target, check, result, took);
        }

        @Override
        public void verdict(Verdict verdict) {
            loop.execute(
                    () -> {
                        log.event(
                                verdict.up() ? "realserver-up" : "realserver-down",
                                "realserver",
                                verdict.target(),
                                "reason",
                                verdict.reason());
                        weights.verdict(verdict.target(), verdict.up());
                        applyWeights();
                    });
        }
    }

    private final class Outlet implements GroupControl.Outlet {
        @Override
        public void tell(Standing standing) {
            tellOthers(new RoleMessage.Told(standing));
        }

        @Override
        public void forward(String group, String holder, FailoverRequest request) {
            bus.send(holder, codec.encode(new RoleMessage.Ask(group, request)));
        }

        @Override
        public void answer(String group, FailoverRequest request, FailoverRequest.Outcome outcome) {
            if (request.origin().equals(config.name())) {
                failovers.ended(request.id(), outcome);
            } else {
                bus.send(
                        request.origin(),
                        codec.encode(new RoleMessage.Answered(group, request.id(), outcome)));
            }
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
