package hadirector.engine;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.LeftTable;
import hadirector.conn.ReplicatedTable;
import hadirector.fastpath.Inheritance;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// The engine that holds the VIPs in the process: frames are claimed at tcx ingress, decided and rewritten here and sent through
/// packet sockets. The control thread's side; what packets need is in [DutyCycle].
public final class PacketEngine implements ForwardingEngine {
    private static final long ANSWER_SECONDS = 10;

    /// Taking up an interface is verifying programs and waiting for the kernel: above the former on a slow machine.
    private static final long CONFIGURE_SECONDS = 60;

    /// Less than what an operator or a scrape waits.
    private static final long STATS_SECONDS = 2;

    private static final int SLICE_SLOTS = 4_096;

    private final DutyCycle cycle;
    private final Thread owner;
    private final long seed = ThreadLocalRandom.current().nextLong();
    private Map<String, ServicePlan> plans = Map.of();
    private volatile EngineStats last = EngineStats.NONE;
    private boolean closed;

    /// Loads the program; no interface is touched before [#configure].
    ///
    /// @param events gets what the engine finds out, from its thread
    /// @throws hadirector.linux.ErrnoException if kernel or privileges do not suffice
    public PacketEngine(EngineOptions options, Consumer<EngineEvent> events) {
        cycle = new DutyCycle(options, events);
        owner = Thread.ofPlatform().name("forwarder-0").daemon().start(cycle);
    }

    @Override
    public String kind() {
        return "packet";
    }

    @Override
    public String mode() {
        var arms = cycle.arms.names();
        return "BPF + AF_PACKET on " + (arms.isEmpty() ? "no interface" : String.join(", ", arms));
    }

    /// {@inheritDoc}
    ///
    /// @throws hadirector.afpacket.InterfaceBusyException if another engine has one of the interfaces
    @Override
    public void configure(Collection<VipGroup> groups, Collection<VirtualService> services) {
        var next = new HashMap<String, ServicePlan>();
        for (var service : services) {
            var known = plans.get(service.name());
            boolean same = known != null && known.config().equals(service);
            next.put(service.name(), same ? known : ServicePlan.of(service, seed + service.name().hashCode()));
        }
        boolean _ =
                ask(
                        () -> {
                            cycle.configure(groups, next.values());
                            return true;
                        },
                        CONFIGURE_SECONDS);
        plans = next;
    }

    @Override
    public void server(String service, Endpoint realServer, int weight, boolean up) {
        cycle.command(
                () -> {
                    var server = cycle.services.server(service, realServer);
                    if (server != null) {
                        cycle.server(server, weight, up);
                    }
                });
    }

    @Override
    public void open(String group, int epoch, long decidedAt) {
        ofGroup(group, state -> cycle.open(state, epoch, decidedAt));
    }

    @Override
    public void prepare(String group, int epoch, long decidedAt) {
        ofGroup(group, state -> cycle.prepare(state, epoch, decidedAt));
    }

    @Override
    public void leave(String group) {
        ofGroup(group, cycle::leave);
    }

    @Override
    public void announce(String group) {
        ofGroup(group, cycle::announce);
    }

    /// {@inheritDoc}
    ///
    /// The programs stop before this returns; what the engine's thread has in its hands may still go.
    @Override
    public void close(String group) {
        cycle.leases.stop(group);
        ofGroup(group, cycle::close);
    }

    private void ofGroup(String group, Consumer<GroupState> action) {
        cycle.command(
                () -> {
                    var state = cycle.services.group(group);
                    if (state != null) {
                        action.accept(state);
                    }
                });
    }

    @Override
    public void probe(String interfaceName, IpAddress address, Duration wait, Consumer<Boolean> answered) {
        if (!cycle.command(() -> cycle.probe(interfaceName, address, wait, answered))) {
            answered.accept(false);
        }
    }

    @Override
    public void identify(BeaconIdentity identity) {
        cycle.command(() -> cycle.beacons.identify(identity));
    }

    @Override
    public ReplicatedTable table() {
        return cycle.replication;
    }

    @Override
    public Inheritance inherit(Duration ageMax, LeftTable.Heir heir) throws InterruptedException {
        return cycle.pins().inherit(ageMax, heir);
    }

    @Override
    public void forgetLeft() {
        cycle.pins().forgetLeft();
    }

    @Override
    public EngineStats stats() {
        if (owner.isAlive()) {
            last = ask(cycle::stats, STATS_SECONDS);
        }
        return last;
    }

    @Override
    public Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual) {
        if (!owner.isAlive()) {
            throw new IllegalStateException("the packet engine does not run");
        }
        return ask(() -> cycle.locator.where(protocol, client, virtual));
    }

    /// {@inheritDoc}
    ///
    /// The owner thread is asked for a few at a time, so that packets need not wait for a table of a million.
    @Override
    public List<ConnectionEntry> connections(Predicate<ConnectionEntry> wanted, int limit) {
        var found = new ArrayList<ConnectionEntry>();
        int used = owner.isAlive() ? ask(cycle.table::slotsUsed) : 0;
        for (int from = 0; from < used && found.size() < limit && owner.isAlive(); from += SLICE_SLOTS) {
            int first = from;
            ask(() -> cycle.table.entries(first, first + SLICE_SLOTS, System.nanoTime())).stream()
                    .filter(wanted)
                    .limit(limit - found.size())
                    .forEach(found::add);
        }
        return found;
    }

    /// Runs `question` on the owner thread and waits.
    private <T> T ask(Supplier<T> question) {
        return ask(question, ANSWER_SECONDS);
    }

    private <T> T ask(Supplier<T> question, long seconds) {
        var answer = new CompletableFuture<T>();
        cycle.command(
                () -> {
                    try {
                        answer.complete(question.get());
                    } catch (RuntimeException e) {
                        answer.completeExceptionally(e);
                    }
                });
        try {
            return answer.orTimeout(seconds, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof TimeoutException) {
                throw new IllegalStateException("the packet engine's thread does not answer", e);
            }
            throw e;
        }
    }

    /// Closes the data path. The consumer of the table's changes must have stopped.
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        cycle.stop();
        try {
            if (owner.join(Duration.ofSeconds(ANSWER_SECONDS))) {
                cycle.free();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
