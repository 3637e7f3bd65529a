package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.GroupId;
import hadirector.conn.Groups;
import hadirector.conn.TableReplication;
import hadirector.fastpath.FastPath;
import hadirector.fastpath.Pins;
import hadirector.linux.Poller;
import hadirector.linux.Scheduling;
import hadirector.model.IpAddress;
import hadirector.model.VipGroup;
import hadirector.netlink.Link;
import hadirector.netlink.Neighbour;
import hadirector.netlink.NetworkWatch;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The packet engine's one thread, which owns all of its state: frames, commands, replication, timers, in turn. It sleeps in
/// poll(2) when there is nothing to do. An exception ends it with its data path closed (fail-stop): two holders are worse
/// than none.
final class DutyCycle implements Runnable, NetworkWatch.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(DutyCycle.class);
    private static final int DESCRIPTORS_MAX = 4_096;
    private static final int IDLE_MILLIS = 50;
    private static final int BURST_MILLIS = 5;
    private static final long MILLI_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int EXPIRE_BATCH = 512;
    private static final int RING_CAPACITY = 1 << 15;
    private static final long HOUSEKEEPING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long NETWORK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(2);

    final ServiceTable services;
    final ConnectionTable table;
    final TableReplication replication;
    final Locator locator;
    final Counters counters = new Counters();
    final Arms arms = new Arms();
    private final Groups groups = new Groups();
    private final java.util.Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final Consumer<EngineEvent> events;
    private final Poller poller = new Poller(DESCRIPTORS_MAX);
    private final NetworkWatch watch;
    private final int watchSlot;
    private final KernelPath kernel;
    private final Interfaces interfaces;
    private final Routes routes;
    private final ClientRouters clientRouters;
    private final Claims claims;
    private final TunnelTable tunnels;
    private final Records records;
    private final Standby standby;
    private final Progress progress;
    private final Endings endings;
    private final FirstFrames firstFrames;
    private final Guards guards;
    private final KernelScheduling scheduling;
    private final ConnectionBook book;
    final Leases leases;
    final Beacons beacons;
    private final Probes probes;
    private final Pauses pauses = new Pauses();
    private final Pauses turns = new Pauses();
    private final Announcer announcer;
    private final Memberships memberships = new Memberships();
    private final Handovers handovers;
    private final FrameHandler handler;
    private Set<String> reportedDown = Set.of();
    private boolean networkChanged = true;
    private long housekeepingAt;
    private long networkAt;
    private long burstUntil;
    private volatile boolean stopped;
    private volatile boolean ended;

    DutyCycle(EngineOptions options, Consumer<EngineEvent> events) {
        this.events = events;
        long now = System.nanoTime();
        burstUntil = now;
        housekeepingAt = now;
        networkAt = now;
        kernel = KernelPath.open(options);
        leases = new Leases(options.lease(), kernel.maps::lease, now);
        watch = new NetworkWatch();
        watchSlot = poller.add(watch.fd());
        routes = new Routes(watch);
        clientRouters = new ClientRouters(watch);
        tunnels = new TunnelTable(kernel.maps.tunnels());
        services = new ServiceTable(routes, this::numbered);
        claims = new Claims(kernel.maps::claim, kernel.maps::release);
        interfaces = new Interfaces(watch, kernel.program, poller, arms, () -> !leases.lapsed(System.nanoTime()));
        firstFrames = new FirstFrames(services, kernel, events);
        book = new ConnectionBook(services, counters, events);
        table =
                new ConnectionTable(
                        options.connectionsMax(), kernel.hashing, now, groups, book, kernel.memory());
        book.bind(table);
        table.keep(book::isPrivate);
        beacons = new Beacons(services, arms, counters, events, now);
        records = new Records(options.offload(), services, table, groups, routes, clientRouters, arms, tunnels, beacons);
        standby = new Standby(table, groups, services, routes, arms, records, now);
        progress = new Progress(services, table, records);
        endings = new Endings(kernel.maps, table, progress);
        replication = new TableReplication(table, book, poller::wake, RING_CAPACITY);
        guards = new Guards(services, table, kernel.maps.services(), counters, events);
        scheduling = new KernelScheduling(options.offload(), services, table, records, progress, arms, counters, kernel.maps);
        poller.add(kernel.maps.schedule().toldFd());
        announcer = new Announcer(services, arms, counters);
        probes = new Probes(services, arms, counters);
        var in = new Inbound();
        handovers = new Handovers(in, arms, beacons, routes, counters);
        handler = handler(in);
        locator = new Locator(services, table, watch, options.offload());
    }

    private FrameHandler handler(Inbound in) {
        var errors = new ErrorAnswers(in, services, counters, System.nanoTime());
        var answers = new Answers(in, services, counters, errors, announcer, probes);
        var tunnelling = new Tunnelling(in, table, tunnels);
        var pieces = new Pieces(in, arms, counters);
        var delivery = new Delivery(in, services, table, records, progress, counters, firstFrames, tunnelling, errors, pieces);
        var commits = new Commits(in, arms, services, table, groups, replication, delivery, counters, events);
        var newConnections = new NewConnections(in, services, table, counters, delivery, answers, guards, handovers, commits);
        var tunnelErrors = new TunnelErrors(in, services, routes, records, counters);
        var icmpRelay = new IcmpRelay(in, services, table, groups, counters, delivery, tunnelErrors, scheduling);
        var fragments = new Fragments(in, services, table, groups, arms, counters, delivery, answers);
        return new FrameHandler(
                in,
                services,
                table,
                groups,
                counters,
                delivery,
                newConnections,
                answers,
                scheduling,
                endings,
                icmpRelay,
                fragments,
                beacons,
                commits);
    }

    /// A realserver gets a number that another may have had.
    private void numbered(int server) {
        kernel.maps.servers().clear(server);
        tunnels.clear(server);
    }

    /// Any thread: `command` runs on the owner thread soon.
    ///
    /// @return false if it never will, as the engine has ended
    boolean command(Runnable command) {
        commands.add(command);
        if (ended && commands.remove(command)) {
            return false;
        }
        poller.wake();
        return true;
    }

    void stop() {
        stopped = true;
        poller.wake();
    }

    @Override
    public void run() {
        Throwable failure = null;
        LOG.info("frames are forwarded {}", Scheduling.nice());
        try (var _ = new LeaseKeeper(leases, pauses, this::lost)) {
            while (!stopped) {
                cycle();
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        } finally {
            close();
        }
        if (failure != null) { // Told when the data path is closed: the next holder may answer at once.
            LOG.error("the packet engine failed and has closed its data path", failure);
            events.accept(new EngineEvent.Failed(String.valueOf(failure)));
        }
    }

    /// The keeper's thread: this one does not come back from the kernel, or from a loop of its own.
    private void lost() {
        events.accept(new EngineEvent.Failed("the packet engine's thread stands still"));
    }

    private void cycle() {
        long now = System.nanoTime();
        table.turn(now);
        leases.ownerTurns();
        fence(now);
        for (var command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
        if (now - burstUntil < 0) {
            firstFrames.look();
        }
        boolean busy = endings.run(now);
        busy |= receive(now);
        if (poller.isReady(watchSlot)) {
            watch.poll(this);
        }
        busy |= replication.run(now);
        handler.sendCommitted(now);
        busy |= records.walk();
        busy |= guards.walk(now);
        busy |= scheduling.run(now);
        announcer.run(now);
        beacons.run(now);
        probes.run(now);
        busy |= housekeeping(now);
        busy |= !commands.isEmpty();
        long end = System.nanoTime();
        turns.note(end - now, end);
        poller.await(busy ? 0 : idleMillis(end));
    }

    private int idleMillis(long now) {
        if (now - burstUntil < 0) {
            return BURST_MILLIS;
        }
        long due = handler.dueAt(probes.dueAt(beacons.dueAt())) - now;
        return Math.clamp((due + MILLI_NANOS - 1) / MILLI_NANOS, 1, IDLE_MILLIS);
    }

    /// After a pause: nothing that was decided before it may leave, and no group is ours any more.
    private void fence(long now) {
        var fenced = leases.fence(now);
        if (fenced != null) {
            arms.flush(); // Still fenced, so what is queued is dropped.
            LOG.warn("stood still for {} ms, longer than the lease: closing {}", fenced.pause().toMillis(), fenced.groups());
            counters.add(Counter.FENCED);
            services.groups().stream().filter(GroupState::isOpen).forEach(group -> {
                end(group);
                group.fenced = true;
            });
            leases.release();
            events.accept(fenced);
        }
    }

    private void claim() {
        claims.follow(services.addresses(), services.servers());
    }

    private boolean receive(long now) {
        int received = 0;
        for (int i = 0; i < arms.size(); i++) {
            var arm = arms.get(i);
            int n = arm.port.receive();
            for (int slot = 0; slot < n; slot++) {
                handler.handle(arm, slot, now);
            }
            if (n > 0) {
                arms.flush();
                received += n;
            }
        }
        return received > 0;
    }

    /// @return whether more connections may have to end at once
    private boolean housekeeping(long now) {
        if (now - housekeepingAt < 0) {
            return false;
        }
        boolean more = table.expire(now, EXPIRE_BATCH, book) == EXPIRE_BATCH;
        if (more) {
            return true;
        }
        housekeepingAt = now + HOUSEKEEPING_NANOS;
        handler.expire(now);
        firstFrames.look();
        guards.look();
        clientRouters.freshen(now);
        standby.run(now);
        if (routes.freshen(now)) {
            records.changed();
            scheduling.changed();
            networkChanged = true;
        }
        if (networkChanged || now - networkAt >= 0) {
            followNetwork(now);
        }
        return false;
    }

    /// What a change of the network calls for, once for all changes of a moment; also now and then without one, for what could not be
    /// done before.
    private void followNetwork(long now) {
        networkAt = now + NETWORK_NANOS;
        watch.poll(this);
        if (networkChanged) {
            networkChanged = false;
            if (routes.lookUp()) {
                records.changed();
            }
            services.servers().forEach(tunnels::follow);
        }
        services.forgetUnused();
        scheduling.changed();
        claim();
        interfaces.local(routes.anyLocal());
        var opened = interfaces.follow(wantedInterfaces());
        arms.take(watch.addresses());
        memberships.follow(services.addresses(), arms);
        opened.forEach(this::announceOn);
        reportLinks();
    }

    private Set<String> wantedInterfaces() {
        var wanted = new TreeSet<String>();
        services.groups().forEach(group -> group.config.addresses().forEach(vip -> wanted.add(vip.interfaceName())));
        routes.hops().forEach(hop -> watch.link(hop.ifindex).ifPresent(link -> wanted.add(link.name())));
        wanted.addAll(probes.interfaces(System.nanoTime()));
        return wanted;
    }

    /// Owner thread: makes groups and plans the whole state.
    void configure(Collection<VipGroup> wanted, Collection<ServicePlan> plans) {
        leases.retain(wanted.stream().map(VipGroup::name).collect(Collectors.toSet()));
        var ids = wanted.stream().map(group -> GroupId.of(group.name())).collect(Collectors.toSet());
        groups.retain(ids::contains);
        if (services.configure(wanted, plans, group -> groups.required(group.id))) {
            book.followGroups();
        }
        interfaces.local(routes.anyLocal());
        interfaces.open(wantedInterfaces());
        guards.follow();
        scheduling.changed();
        claim();
        services.servers().forEach(tunnels::follow);
        records.changed();
        networkChanged = true;
    }

    /// Owner thread: what [ForwardingEngine#server] says.
    void server(ServerState server, int weight, boolean up) {
        if (server.up != up) {
            records.changed();
        }
        server.set(weight, up);
        scheduling.changed();
    }

    /// Owner thread: begins to answer, forward and announce for the group, or goes on under a higher epoch. A decision that is older than the lease
    /// is none any more.
    void open(GroupState group, int epoch, long decidedAt) {
        if (begin(group, epoch, Phase.OPEN, decidedAt)) {
            announce(group);
            handovers.release(group, handler, System.nanoTime());
        }
    }

    /// Owner thread: what [ForwardingEngine#prepare] says.
    void prepare(GroupState group, int epoch, long decidedAt) {
        boolean _ = begin(group, epoch, Phase.PREPARED, decidedAt);
    }

    private boolean begin(GroupState group, int epoch, Phase phase, long decidedAt) {
        long now = System.nanoTime();
        if (group.fenced || now - decidedAt >= leases.span()) {
            counters.add(Counter.OPENS_REFUSED);
            end(group);
            group.fenced = true;
            events.accept(new EngineEvent.Fenced(Set.of(group.name), Duration.ofNanos(now - decidedAt)));
            return false;
        }
        replication.settle(now); // What the last holder has sent is in place before the first announcement.
        if (phase == Phase.OPEN) {
            replication.open(group.id, epoch, now);
        } else {
            replication.prepare(group.id, epoch, now);
        }
        if (group.phase == Phase.CLOSED || group.phase == Phase.LEFT) {
            group.openedAt = now;
            standby.opened(now);
            firstFrames.begin(group);
        }
        group.phase = phase;
        group.epoch = epoch;
        leases.hold(group.name, group.index, now);
        beacons.hurry(now); // By it others know that a lease runs, and the last holder where to pass packets on to.
        claim();
        memberships.follow(services.addresses(), arms);
        scheduling.changed();
        return true;
    }

    /// Owner thread: what [ForwardingEngine#leave] says.
    void leave(GroupState group) {
        if (group.answers()) {
            group.phase = Phase.LEFT;
            announcer.end(group);
            scheduling.changed();
            boolean _ = scheduling.run(System.nanoTime()); // What the kernel has begun is told with all else, and it begins no more.
            replication.leave(group.id);
        }
    }

    /// Owner thread: what [ForwardingEngine#probe] says.
    void probe(String interfaceName, IpAddress address, Duration wait, Consumer<Boolean> answered) {
        if (!stopped) {
            interfaces.tryOpen(interfaceName);
        }
        probes.ask(arms.byName(interfaceName), address, wait, answered, System.nanoTime());
    }

    void announce(GroupState group) {
        if (!group.answers()) {
            return;
        }
        long now = System.nanoTime();
        burstUntil = now + BURST_NANOS;
        announcer.begin(group, now);
        announcer.run(now);
    }

    /// Owner thread: ends all of that at once.
    void close(GroupState group) {
        group.fenced = false;
        end(group);
    }

    private void end(GroupState group) {
        boolean spoke = group.speaks();
        group.phase = Phase.CLOSED;
        leases.release(group.name);
        if (spoke) {
            beacons.farewell(group, System.nanoTime());
        }
        announcer.end(group);
        handovers.forget(group);
        claim();
        memberships.follow(services.addresses(), arms);
        replication.close(group.id);
    }

    private void announceOn(String interfaceName) {
        services.groups().stream()
                .filter(group -> group.config.addresses().stream().anyMatch(vip -> vip.interfaceName().equals(interfaceName)))
                .forEach(this::announce);
    }

    @Override
    public void linkChanged(Link link) {
        networkChanged = true;
        if (link.index() == FastPath.LOOPBACK) {
            interfaces.loopbackChanged();
        }
        var arm = arms.byIndex(link.index());
        if (arm != null) {
            records.changed();
            if (!interfaces.stays(arm, link)) {
                interfaces.close(arm); // Followed soon, if it is wanted as it is now.
            } else if (interfaces.changed(arm, link)) {
                announceOn(link.name());
            }
        }
    }

    @Override
    public void linkGone(Link link) {
        networkChanged = true;
        var arm = arms.byIndex(link.index());
        if (arm != null) {
            interfaces.close(arm);
            records.changed();
        }
    }

    @Override
    public void neighbourChanged(Neighbour neighbour) {
        boolean servers = routes.neighbourChanged(neighbour);
        boolean clients = clientRouters.neighbourChanged(neighbour);
        if (servers || clients) {
            records.changed();
            scheduling.changed();
        }
    }

    @Override
    public void neighbourGone(Neighbour neighbour) {
        // Its MAC stays in use until the kernel, asked again, finds another.
    }

    @Override
    public void addressesChanged() {
        networkChanged = true;
    }

    @Override
    public void routesChanged() {
        networkChanged = true;
    }

    private void reportLinks() {
        var down = new TreeSet<String>();
        for (var group : services.groups()) {
            for (var vip : group.config.addresses()) {
                String name = vip.interfaceName();
                if (watch.link(name).filter(Link::running).isEmpty() || arms.byName(name) == null) {
                    down.add(name);
                }
            }
        }
        if (!down.equals(reportedDown)) {
            reportedDown = Set.copyOf(down);
            events.accept(new EngineEvent.LinksDown(reportedDown));
        }
    }

    Pins pins() {
        return kernel.pins;
    }

    EngineStats stats() {
        var counts = counters.toMap();
        counts.put(Counter.DROP_SEND, arms.unsent());
        counts.put(Counter.DROP_FENCED, arms.withheld());
        counts.put(Counter.DROP_RECEIVE, arms.lost());
        kernel.addTo(counts);
        return new EngineStats(
                counts,
                table.size(),
                table.connectionsMax(),
                interfaces.report(),
                services.stats(kernel),
                new EngineStats.Pauses(pauses.longest(), pauses.lately(), turns.lately()));
    }

    /// Frees what the data path uses; the program first, so that nothing is hidden from the host that nobody reads. The table
    /// stays readable.
    private void close() {
        stopped = true;
        probes.close();
        leases.release();
        kernel.close();
        arms.close();
        memberships.close();
        watch.close();
        replication.refuse();
        poller.close();
        ended = true;
        for (var command = commands.poll(); command != null; command = commands.poll()) {
            runLate(command);
        }
    }

    /// Whoever asked something gets an answer or a reason; whoever wanted something done gets nothing any more.
    private static void runLate(Runnable command) {
        try {
            command.run();
        } catch (RuntimeException e) {
            LOG.debug("not done, the engine is closed", e);
        }
    }

    /// When the thread has ended, and nobody reads changes any more.
    void free() {
        replication.close();
        table.close();
    }
}
