package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.conn.TableReplication;
import hadirector.forward.Fragmentation;
import hadirector.model.SyncMode;
import hadirector.packet.FrameKind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The first packets of connections of services with [SyncMode#COMMITTED]: they wait here until every director with a whole copy of the
/// group has the connection. Owner thread.
///
/// Who waits too long, or finds no room, lets its service go on without that for a second, so that a slow peer costs one connection a
/// second a delay and not each. Packets go in the order in which they came.
final class Commits {
    private static final Logger LOG = LoggerFactory.getLogger(Commits.class);

    /// Far from a retransmission, and what a machine with eight threads for each processor still keeps nearly always.
    private static final long DEADLINE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long DEGRADED_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int CAPACITY = 1 << 10;
    private static final int LENGTH_MAX = 2_048;

    private final Inbound in;
    private final Arms arms;
    private final ServiceTable services;
    private final ConnectionTable table;
    private final Groups groups;
    private final TableReplication replication;
    private final Delivery delivery;
    private final Counters counters;
    private final Consumer<EngineEvent> events;
    private MemorySegment frames = MemorySegment.NULL;
    private final int[] lengths = new int[CAPACITY];
    private final int[] slots = new int[CAPACITY];
    private final int[] generations = new int[CAPACITY];
    private final int[] interfaces = new int[CAPACITY];
    private final long[] since = new long[CAPACITY];
    private final long[] positions = new long[CAPACITY];

    /// Counts of all frames ever: those that are here are in `[released, held)`, those whose position is known are before `placed`.
    private int held;

    private int placed;
    private int released;

    Commits(
            Inbound in,
            Arms arms,
            ServiceTable services,
            ConnectionTable table,
            Groups groups,
            TableReplication replication,
            Delivery delivery,
            Counters counters,
            Consumer<EngineEvent> events) {
        this.in = in;
        this.arms = arms;
        this.services = services;
        this.table = table;
        this.groups = groups;
        this.replication = replication;
        this.delivery = delivery;
        this.counters = counters;
        this.events = events;
    }

    /// Takes the packet at hand, the first of the connection at `slot`, if it has to wait.
    ///
    /// @return false if it goes on at once
    boolean takesFirst(ServiceState service, int slot) {
        if (service.config.options().sync() != SyncMode.COMMITTED
                || in.now - service.uncommittedUntil < 0
                || !replication.isCopied(table.group(slot))) {
            return false;
        }
        boolean fits = take(slot);
        if (fits) {
            table.hold(slot, true);
        } else {
            degrade(service, "no room for waiting packets", in.now);
        }
        return fits;
    }

    /// Takes the packet at hand if it follows one of the same connection that waits.
    boolean takesAnother(int slot) {
        return released != held && table.isHeld(slot) && take(slot);
    }

    private boolean take(int slot) {
        int length = in.parsed.frameLength();
        boolean whole = in.parsed.kind() != FrameKind.FRAGMENT && in.port.segmentSize(in.index) == 0;
        if (!whole || length > LENGTH_MAX || held - released == CAPACITY) {
            return false;
        }
        if (in.partial) {
            Fragmentation.completeChecksum(in.frame, in.parsed);
        }
        if (frames.byteSize() == 0) {
            frames = Arena.ofAuto().allocate((long) CAPACITY * LENGTH_MAX, Long.BYTES);
        }
        int at = held & (CAPACITY - 1);
        MemorySegment.copy(in.frame, in.parsed.start(), frames, (long) at * LENGTH_MAX, length);
        lengths[at] = length;
        slots[at] = slot;
        generations[at] = table.generation(slot);
        interfaces[at] = in.arm.ifindex();
        since[at] = in.now;
        replication.awaitAcknowledged(true);
        counters.add(Counter.COMMITS_AWAITED);
        held++;
        return true;
    }

    /// When the one that has waited longest has waited too long.
    long dueAt(long otherwise) {
        return released == held ? otherwise : Math.min(otherwise, since[released & (CAPACITY - 1)] + DEADLINE_NANOS);
    }

    /// Sends on what has been acknowledged, or has waited too long; after the changes of this turn have been written.
    void run(long now) {
        if (released == held) {
            return;
        }
        place();
        while (released != held && mayGo(released & (CAPACITY - 1), now)) {
            release(released & (CAPACITY - 1), now);
            released++;
        }
        placed = placed - released > 0 ? placed : released;
        replication.awaitAcknowledged(released != held);
        arms.flush();
    }

    /// What was taken in this turn is in the ring before these positions.
    private void place() {
        while (placed != held) {
            int at = placed & (CAPACITY - 1);
            positions[at] = replication.position(table.group(slots[at]));
            if (positions[at] == Long.MAX_VALUE) {
                return; // No room in the ring yet.
            }
            placed++;
        }
    }

    private boolean mayGo(int at, long now) {
        var service = services.service(table.service(slots[at]));
        if (service == null || !isThere(at)) {
            return true;
        }
        boolean isPlaced = placed - released > 0;
        if (isPlaced && replication.isAcknowledged(table.group(slots[at]), positions[at])) {
            committed(service);
            return true;
        }
        if (now - since[at] >= DEADLINE_NANOS && now - service.uncommittedUntil >= 0) {
            degrade(service, "no acknowledgement within %d ms".formatted(TimeUnit.NANOSECONDS.toMillis(DEADLINE_NANOS)), now);
        }
        return now - service.uncommittedUntil < 0;
    }

    /// Another connection may have the slot by now, or another director the group.
    private boolean isThere(int at) {
        int slot = slots[at];
        return table.live(slot) && table.generation(slot) == generations[at] && groups.held(table.group(slot));
    }

    private void release(int at, long now) {
        int slot = slots[at];
        if (!isThere(at)) {
            counters.add(Counter.DROP_CLOSED);
            return;
        }
        boolean first = table.isHeld(slot);
        table.hold(slot, false);
        var arm = arms.byIndex(interfaces[at]);
        boolean sent = false;
        if (arm != null) {
            in.takeKept(arm, arms.make(arm.port), frames, (long) at * LENGTH_MAX, lengths[at], now);
            sent = delivery.deliver(slot, 0);
        }
        if (first && !sent) {
            table.remove(slot, now);
        }
    }

    private void degrade(ServiceState service, String why, long now) {
        service.uncommittedUntil = now + DEGRADED_NANOS;
        counters.add(Counter.COMMITS_DEGRADED);
        if (!service.uncommitted) {
            service.uncommitted = true;
            LOG.warn("service {} goes on without waiting for other directors: {}", service.config.name(), why);
            events.accept(new EngineEvent.Uncommitted(service.config.name(), why));
        }
    }

    private void committed(ServiceState service) {
        if (service.uncommitted) {
            service.uncommitted = false;
            events.accept(new EngineEvent.Committed(service.config.name()));
        }
    }
}
