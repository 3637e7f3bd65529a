package hadirector.conn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Replication of a [ConnectionTable]: what other threads may call is of [ReplicatedTable]; [#open], [#close(int)] and [#run]
/// are for the owner thread, which never waits here.
///
/// Close it after the consumer of [#changes] has stopped; then threads in [#receive] return.
public final class TableReplication implements ReplicatedTable, AutoCloseable {
    /// Records taken in, changes written and snapshot entries written, each, in one [#run].
    private static final int BATCH = 512;

    /// The part of the outbound ring that changes leave to a snapshot under way.
    private static final int SNAPSHOT_SHARE = 4;

    private static final long FULL_PAUSE_NANOS = 50_000;

    /// So often some shards' digests are told, and all of them in four seconds.
    static final long DIGESTS_NANOS = 500_000_000;

    private static final int DIGESTS = 8;

    private sealed interface Command {
        record Replicate(boolean on) implements Command {}

        record Snapshot(int group, int peer) implements Command {}

        record Resend(int group, int peer, int shard) implements Command {}

        record Handover(int group, int peer, int epoch) implements Command {}
    }

    /// @param after changes that go before it, as a count of all ever queued
    private record PendingHandover(Command.Handover command, long after) {}

    private final ConnectionTable table;
    private final Groups groups;
    private final Runnable wakeup;
    private final int ringCapacity;
    private final ChangeRing outbound;
    private final ChangeRing inbound;
    private final ChangeReceiver receiver;
    private final Queue<Command> commands = new ConcurrentLinkedQueue<>();
    private final Queue<SnapshotSender> snapshots = new ArrayDeque<>();
    private final Queue<SnapshotSender> waiting = new ArrayDeque<>();
    private final Queue<PendingHandover> handovers = new ArrayDeque<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment scratch = arena.allocate(EntryLayout.LENGTH, Long.BYTES);
    private final MemorySegment none = arena.allocate(EntryLayout.LENGTH, Long.BYTES);
    private final Object receiving = new Object();
    private boolean replicating;

    /// Changes go unrecorded until the ring moves again; then everybody gets snapshots.
    private boolean overflowed;

    private int resyncs;

    /// Connections that changed before this many of all were in the ring did so at [#changedAt] or later, the others at [#markAt].
    private long mark;

    private long markAt;
    private long changedAt;
    private boolean caughtUp = true;
    private long digestsAt;
    private int nextDigest;

    /// By index of the group: behind its last change in the ring.
    private long[] writtenTo = {};

    private final Map<Integer, AtomicLong> acknowledged = new ConcurrentHashMap<>();
    private volatile boolean awaited;
    private volatile boolean closed;

    /// @param wakeup ends the owner thread's sleep; called from any thread
    /// @param ringCapacity records in each of the two rings, a power of two
    public TableReplication(ConnectionTable table, EntryResolver resolver, Runnable wakeup, int ringCapacity) {
        this.table = table;
        groups = table.groups();
        this.wakeup = wakeup;
        this.ringCapacity = ringCapacity;
        outbound = new ChangeRing(ringCapacity);
        inbound = new ChangeRing(ringCapacity);
        receiver = new ChangeReceiver(table, resolver);
    }

    /// Applies all that has come until now, for a takeover.
    public void settle(long now) {
        inbound.drain(receiver.at(now), inbound.size());
    }

    /// This director holds the group from now on: its connections expire here, by their full timeouts at first, and
    /// their changes are recorded.
    ///
    /// @param group see [GroupId]
    public void open(int group, int epoch, long now) {
        int index = groups.required(group);
        groups.open(index, epoch, now);
        receiver.opened(index);
        sendWaiting(index);
    }

    /// This director holds the group, but the last holder still begins connections: what that tells counts, and others are told nothing until [#open].
    ///
    /// @param group see [GroupId]
    public void prepare(int group, int epoch, long now) {
        int index = groups.required(group);
        groups.prepare(index, epoch, now);
        receiver.opened(index);
    }

    /// Snapshots that were asked for while the last holder's connections were not all here.
    private void sendWaiting(int group) {
        for (int left = waiting.size(); left > 0; left--) {
            var next = waiting.remove();
            (next.group() == group ? snapshots : waiting).add(next);
        }
    }

    /// This director holds the group no more; its connections stay until their new holder says otherwise.
    public void close(int group) {
        int index = groups.index(group);
        if (index != ConnectionTable.NONE) {
            groups.close(index);
            waiting.removeIf(each -> each.group() == index); // It was never whole here: who has asked will ask again.
        }
    }

    /// Another director holds the group from now on. What has changed until now is still told, before any [#handover] that comes later.
    public void leave(int group) {
        int index = groups.index(group);
        if (index != ConnectionTable.NONE) {
            groups.leave(index);
        }
    }

    /// One turn of the duty cycle: takes in what came, writes what changed, in bounded time.
    ///
    /// @return whether there is more to do at once, so that the owner thread should not sleep
    public boolean run(long now) {
        for (var command = commands.poll(); command != null; command = commands.poll()) {
            accept(command, now);
        }
        int taken = receiver.repairs() ? 0 : inbound.drain(receiver.at(now), BATCH);
        boolean sweeping = receiver.sweep(now);
        age(now);
        int written = writeChanges(now);
        watchOverflow(now);
        if (replicating) {
            table.shards().walk(now);
            writeDigests(now);
        }
        boolean copying = writeSnapshots(now);
        int behind = table.dirty().size();
        caughtUp = behind == 0;
        outbound.withhold(unrecorded() ? table.size() : behind, changedAt);
        if (outbound.size() > 0) {
            outbound.signal();
        }
        return sweeping || copying || taken == BATCH || written == BATCH;
    }

    /// Follows the age of the oldest change that is not in the ring yet, without a time in each entry.
    private void age(long now) {
        boolean passed = table.dirty().taken() - mark >= 0;
        if ((caughtUp || passed) && !unrecorded()) {
            changedAt = caughtUp ? now : markAt;
            mark = table.dirty().added();
            markAt = now;
        }
        outbound.stamp(changedAt);
    }

    /// Whether the peers lack changes that only snapshots will bring.
    private boolean unrecorded() {
        return overflowed || resyncs > 0;
    }

    private void accept(Command command, long now) {
        switch (command) {
            case Command.Replicate(boolean on) -> {
                replicating = on;
                digestsAt = now + DIGESTS_NANOS;
                table.recording(on && !overflowed);
            }
            case Command.Snapshot(int group, int peer) -> {
                int index = groups.index(group);
                if (index != ConnectionTable.NONE) {
                    (groups.prepared(index) ? waiting : snapshots).add(new SnapshotSender(table, index, peer));
                }
            }
            case Command.Resend(int group, int peer, int shard) -> {
                int index = groups.index(group);
                if (index != ConnectionTable.NONE && groups.decides(index)) {
                    snapshots.add(new SnapshotSender(table, index, peer, shard));
                }
            }
            case Command.Handover handover ->
                handovers.add(new PendingHandover(handover, table.dirty().added()));
        }
    }

    /// Whoever does not take changes for long must not keep the slots of ended connections.
    private void watchOverflow(long now) {
        if (table.crowded()) {
            overflowed = true;
            table.recording(false);
            while (table.dirty().peek() != ConnectionTable.NONE) {
                table.takeDirty(now);
            }
        } else if (overflowed && outbound.size() <= ringCapacity / 2) {
            overflowed = false;
            table.recording(replicating);
            for (int group = 0; group < groups.size() && replicating; group++) {
                if (groups.decides(group)) {
                    snapshots.add(new SnapshotSender(table, group, EVERY_PEER));
                    resyncs++;
                }
            }
        }
    }

    private int writeChanges(long now) {
        int reserved = snapshots.isEmpty() ? 0 : ringCapacity / SNAPSHOT_SHARE;
        int written = 0;
        while (writeHandovers()
                && written < BATCH
                && (!replicating || outbound.free() > reserved)
                && table.dirty().peek() != ConnectionTable.NONE) {
            if (replicating) {
                write(table.dirty().peek(), now);
            }
            table.takeDirty(now);
            written++;
        }
        return written;
    }

    private void write(int slot, long now) {
        table.encode(slot, now, scratch, 0);
        int group = table.group(slot);
        int kind = table.live(slot) ? Change.UPSERT : Change.DELETE;
        if (!outbound.offer(kind, groups.id(group), EVERY_PEER, groups.epoch(group), scratch, 0)) {
            throw new IllegalStateException("the ring has less room than it said");
        }
        if (group >= writtenTo.length) {
            writtenTo = Arrays.copyOf(writtenTo, groups.size());
        }
        writtenTo[group] = outbound.written();
    }

    /// Whether somebody waits for [#isAcknowledged]: then the owner thread is woken for every acknowledgement.
    public void awaitAcknowledged(boolean waits) {
        awaited = waits;
    }

    /// Whether another director is to have the changes of the group with this index before others act on them.
    public boolean isCopied(int group) {
        return replicating && acknowledgedTo(group).get() != Long.MAX_VALUE;
    }

    /// A position behind all changes of the group until now, for [#isAcknowledged]; only after [#run].
    ///
    /// @return [Long#MAX_VALUE] while they are not all in the ring
    public long position(int group) {
        return caughtUp ? (group < writtenTo.length ? writtenTo[group] : 0) : Long.MAX_VALUE;
    }

    /// Whether every director with a whole copy of the group has its changes up to `position`.
    public boolean isAcknowledged(int group, long position) {
        return acknowledgedTo(group).get() - position >= 0;
    }

    private AtomicLong acknowledgedTo(int group) {
        return acknowledgedTo(Integer.valueOf(groups.id(group)));
    }

    private AtomicLong acknowledgedTo(Integer groupId) {
        return acknowledged.computeIfAbsent(groupId, _ -> new AtomicLong(Long.MAX_VALUE));
    }

    @Override
    public void acknowledged(int group, long position) {
        acknowledgedTo(Integer.valueOf(group)).set(position);
        if (awaited) {
            wakeup.run();
        }
    }

    /// @return false if one is due for which there is no room
    private boolean writeHandovers() {
        for (var next = handovers.peek(); next != null; next = handovers.peek()) {
            var handover = next.command();
            if (unrecorded() || table.dirty().taken() - next.after() < 0) {
                return true;
            }
            if (!outbound.offer(Change.HANDOVER, handover.group(), handover.peer(), handover.epoch(), none, 0)) {
                return false;
            }
            handovers.remove();
        }
        return true;
    }

    /// What the shards hold that are in turn, when all changes of it are in the ring before.
    private void writeDigests(long now) {
        boolean quiet = table.dirty().peek() == ConnectionTable.NONE && !unrecorded();
        if (now - digestsAt < 0 || !quiet || outbound.free() < DIGESTS * groups.size()) {
            return;
        }
        digestsAt = now + DIGESTS_NANOS;
        for (int group = 0; group < groups.size(); group++) {
            for (int shard = nextDigest; shard < nextDigest + DIGESTS && groups.decides(group); shard++) {
                EntryCodec.encodeEnd(table.shards().size(group, shard), shard, table.shards().digest(group, shard), scratch, 0);
                boolean _ = outbound.offer(Change.DIGEST, groups.id(group), EVERY_PEER, groups.epoch(group), scratch, 0);
            }
        }
        nextDigest = (nextDigest + DIGESTS) % Shards.COUNT;
    }

    private boolean writeSnapshots(long now) {
        var snapshot = snapshots.peek();
        if (snapshot != null && snapshot.write(outbound, scratch, now, BATCH)) {
            snapshots.remove();
            resyncs -= snapshot.peer() == EVERY_PEER ? 1 : 0;
        }
        return !snapshots.isEmpty() && outbound.free() > 0;
    }

    @Override
    public ChangeRing changes() {
        return outbound;
    }

    @Override
    public void replicate(boolean on) {
        command(new Command.Replicate(on));
    }

    /// {@inheritDoc}
    ///
    /// The peer gets what changes meanwhile if [#replicate] was turned on before. Of a group that was only prepared it gets the snapshot
    /// once that is open, or none.
    @Override
    public void snapshot(int group, int peer) {
        command(new Command.Snapshot(group, peer));
    }

    @Override
    public void resend(int group, int peer, int shard) {
        command(new Command.Resend(group, peer, shard));
    }

    @Override
    public void handover(int group, int peer, int epoch) {
        command(new Command.Handover(group, peer, epoch));
    }

    private void command(Command command) {
        commands.add(command);
        wakeup.run();
    }

    @Override
    public void receive(int kind, int group, int epoch, MemorySegment payload, long at, int count)
            throws InterruptedException {
        synchronized (receiving) {
            switch (kind) {
                case Change.UPSERT, Change.UPSERT_IF_ABSENT, Change.INHERIT, Change.DELETE, Change.SNAPSHOT_ENTRY -> {
                    for (int i = 0; i < count; i++) {
                        take(kind, group, epoch, payload, at + (long) i * EntryLayout.LENGTH);
                    }
                }
                case Change.SNAPSHOT_END, Change.DIGEST, Change.SHARD_BEGIN, Change.SHARD_END -> {
                    var end = new byte[EntryLayout.LENGTH];
                    var segment = MemorySegment.ofArray(end);
                    MemorySegment.copy(payload, at, segment, 0, EntryCodec.END_LENGTH);
                    take(kind, group, epoch, segment, 0);
                }
                default -> take(kind, group, epoch, none, 0);
            }
        }
        wakeup.run();
    }

    private void take(int kind, int group, int epoch, MemorySegment entry, long at) throws InterruptedException {
        while (!closed && !inbound.offer(kind, group, EVERY_PEER, epoch, entry, at)) {
            wakeup.run();
            LockSupport.parkNanos(this, FULL_PAUSE_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    /// Takes nothing in any more: threads in [#receive] return, now and later. For an owner thread that ends; everything
    /// stays readable.
    public void refuse() {
        closed = true;
    }

    @Override
    public void close() {
        closed = true;
        synchronized (receiving) {
            inbound.close();
            outbound.close();
            arena.close();
        }
    }
}
