package hadirector.engine;

import hadirector.afpacket.PacketPort;
import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.conn.TableReplication;
import hadirector.fastpath.ClaimProgram;
import hadirector.linux.Poller;
import hadirector.model.VipGroup;
import hadirector.netlink.Link;
import hadirector.netlink.Neighbour;
import hadirector.netlink.NetworkWatch;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The packet engine's one thread, which owns all of its state: frames, commands, replication, timers, in turn. It sleeps in
/// poll(2) when there is nothing to do. An exception ends it with its data path closed (fail-stop): two holders are worse
/// than none.
final class DutyCycle implements Runnable, NetworkWatch.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(DutyCycle.class);
    private static final int DESCRIPTORS_MAX = 256;
    private static final int IDLE_MILLIS = 50;
    private static final int BURST_MILLIS = 5;
    private static final int EXPIRE_BATCH = 512;
    private static final int RING_CAPACITY = 1 << 15;
    private static final int FLOWS_SPARE = 8192;
    private static final long HOUSEKEEPING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(2);

    final ServiceTable services;
    final ConnectionTable table;
    final TableReplication replication;
    final Counters counters = new Counters();
    final Arms arms = new Arms();
    private final Groups groups = new Groups();
    private final java.util.Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final Consumer<EngineEvent> events;
    private final Poller poller = new Poller(DESCRIPTORS_MAX);
    private final NetworkWatch watch;
    private final int watchSlot;
    private final ClaimProgram program;
    private final Routes routes;
    private final ReplyFlows replies;
    private final ConnectionBook book;
    private final Announcer announcer;
    private final FrameHandler handler;
    private Set<String> reportedDown = Set.of();
    private boolean linksChanged = true;
    private long housekeepingAt;
    private long burstUntil;
    private volatile boolean stopped;

    DutyCycle(int connectionsMax, Consumer<EngineEvent> events) {
        this.events = events;
        long now = System.nanoTime();
        burstUntil = now;
        housekeepingAt = now;
        program = ClaimProgram.load(connectionsMax + FLOWS_SPARE);
        watch = new NetworkWatch();
        watchSlot = poller.add(watch.fd());
        routes = new Routes(watch);
        services = new ServiceTable(routes);
        replies = new ReplyFlows(program);
        book = new ConnectionBook(services, replies, counters, events);
        table =
                new ConnectionTable(
                        connectionsMax, ThreadLocalRandom.current().nextLong(), now, groups, book);
        book.bind(table);
        replication = new TableReplication(table, book, poller::wake, RING_CAPACITY);
        announcer = new Announcer(services, arms, counters);
        handler = new FrameHandler(services, table, groups, routes, arms, counters, events);
    }

    /// Any thread: `command` runs on the owner thread soon.
    void command(Runnable command) {
        commands.add(command);
        poller.wake();
    }

    void stop() {
        stopped = true;
        poller.wake();
    }

    @Override
    public void run() {
        try {
            while (!stopped) {
                cycle();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("the packet engine failed and closes its data path", e);
            events.accept(new EngineEvent.Failed(String.valueOf(e)));
        } finally {
            close();
        }
    }

    private void cycle() {
        long now = System.nanoTime();
        for (var command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
        boolean busy = receive(now);
        if (poller.isReady(watchSlot)) {
            watch.poll(this);
        }
        busy |= replication.run(now);
        replies.flushAdded();
        announcer.run(now);
        if (now - housekeepingAt >= 0) {
            housekeepingAt = now + HOUSEKEEPING_NANOS;
            housekeeping(now);
        }
        busy |= !commands.isEmpty();
        poller.await(busy ? 0 : now - burstUntil < 0 ? BURST_MILLIS : IDLE_MILLIS);
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
                replies.flushAdded(); // The kernel knows the replies of a connection before its first frame leaves.
                arms.flush();
                received += n;
            }
        }
        return received > 0;
    }

    private void housekeeping(long now) {
        int _ = table.expire(now, EXPIRE_BATCH, book);
        replies.flushEnded();
        routes.freshen(now);
        if (linksChanged) {
            linksChanged = false;
            reportLinks();
        }
    }

    /// Owner thread: makes groups and plans the whole state.
    void configure(Collection<VipGroup> wanted, Collection<ServicePlan> plans) {
        var before = services.addresses();
        services.configure(wanted, plans, this::groupIndex);
        before.all().stream()
                .filter(old -> services.addresses().find(old.address()) == null)
                .forEach(old -> program.release(old.address()));
        wanted.stream().flatMap(group -> group.addresses().stream()).forEach(vip -> arm(vip.interfaceName()));
        routes.hops().forEach(hop -> watch.link(hop.ifindex).ifPresent(link -> arm(link.name())));
        services.groups().stream().filter(group -> group.open).forEach(this::claim);
        linksChanged = true;
    }

    private int groupIndex(GroupState group) {
        return groups.index(group.id);
    }

    /// Opens an interface if it is there and not open yet.
    private void arm(String name) {
        var link = watch.link(name);
        if (link.isPresent() && arms.byIndex(link.get().index()) == null && !name.equals("lo")) {
            int index = link.get().index();
            var port = PacketPort.open(name, index, ClaimProgram.MARK, poller);
            arms.add(new Arm(port, link.get().mac()));
            program.attach(index);
        }
    }

    private void claim(GroupState group) {
        services.addresses().of(group.name).forEach(floating -> program.claim(floating.address()));
    }

    /// Owner thread: begins to answer, forward and announce for the group, or goes on under a higher epoch.
    void open(GroupState group, int epoch) {
        long now = System.nanoTime();
        while (replication.run(now)) {
            replies.flushAdded(); // What the last holder has sent is in place before the first announcement.
        }
        replies.flushAdded();
        replication.open(group.id, epoch, now);
        if (!group.open) {
            group.open = true;
            group.openedAt = now;
            group.forwardedSinceOpen = false;
        }
        group.epoch = epoch;
        claim(group);
        announce(group);
    }

    void announce(GroupState group) {
        long now = System.nanoTime();
        burstUntil = now + BURST_NANOS;
        announcer.begin(group, now);
        announcer.run(now);
    }

    /// Owner thread: ends all of that at once.
    void close(GroupState group) {
        group.open = false;
        announcer.end(group);
        services.addresses().of(group.name).forEach(floating -> program.release(floating.address()));
        replication.close(group.id);
    }

    @Override
    public void linkChanged(Link link) {
        linksChanged = true;
        var arm = arms.byIndex(link.index());
        if (arm != null) {
            arm.mac = link.mac();
        } else if (isWanted(link)) {
            arm(link.name()); // It was not there when the services were configured.
        }
        routes.routesChanged(table);
    }

    private boolean isWanted(Link link) {
        return services.groups().stream()
                        .flatMap(group -> group.config.addresses().stream())
                        .anyMatch(vip -> vip.interfaceName().equals(link.name()))
                || routes.hops().stream().anyMatch(hop -> hop.ifindex == link.index());
    }

    @Override
    public void linkGone(Link link) {
        linksChanged = true;
        var arm = arms.byIndex(link.index());
        if (arm != null) {
            program.detach(link.index());
            arms.remove(arm);
        }
    }

    @Override
    public void neighbourChanged(Neighbour neighbour) {
        routes.neighbourChanged(neighbour, table);
    }

    @Override
    public void neighbourGone(Neighbour neighbour) {
        // Its MAC stays in use until the kernel, asked again, finds another.
    }

    @Override
    public void addressesChanged() {
        routes.routesChanged(table);
    }

    @Override
    public void routesChanged() {
        routes.routesChanged(table);
        routes.hops().forEach(hop -> watch.link(hop.ifindex).ifPresent(link -> arm(link.name())));
    }

    private void reportLinks() {
        var down = new TreeSet<String>();
        for (var group : services.groups()) {
            for (var vip : group.config.addresses()) {
                if (watch.link(vip.interfaceName()).filter(Link::running).isEmpty()) {
                    down.add(vip.interfaceName());
                }
            }
        }
        if (!down.equals(reportedDown)) {
            reportedDown = Set.copyOf(down);
            events.accept(new EngineEvent.LinksDown(reportedDown));
        }
    }

    EngineStats stats() {
        long unsent = 0;
        for (int i = 0; i < arms.size(); i++) {
            unsent += arms.get(i).port.counters().dropped();
        }
        var counts = counters.toMap();
        counts.put(Counter.DROP_SEND, unsent);
        return new EngineStats(counts, table.size(), table.connectionsMax(), services.stats());
    }

    /// Frees everything; the program first, so that nothing is hidden from the host that nobody reads.
    private void close() {
        program.close();
        arms.close();
        watch.close();
        replies.close();
        poller.close();
        for (var command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
    }
}
