package hadirector.conn;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Applies what other directors tell to the table. Whoever answers for a group knows best how connections begin: until its last word an old holder, then
/// the new one, which takes only what is unknown to it or has ended there (clients use ports again). Owner thread.
final class ChangeReceiver implements ChangeRing.Consumer {
    private static final int SWEEP_SLOTS = 8_192;
    private static final int NOT_SWEEPING = -1;
    private static final int NO_SHARD = -1;
    private static final long ASK_NANOS = 2_000_000_000L;
    private static final int ASKS_DOUBLED_MAX = 8;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /// A snapshot on its way in. Connections carry the stamp of the last snapshot of their group that named them, or of
    /// the one in progress if they came or changed meanwhile; after its end those with an older stamp are swept out.
    private static final class Incoming {
        final int groupId;
        int stamp;
        boolean begun;
        int epoch;
        int entries;
        long digest;
        boolean lost;
        int sweepAt = NOT_SWEEPING;

        /// Whether the last snapshot, of [#epoch], is whole here: only then shards are compared.
        boolean verified;

        /// Being sent anew, or swept after that.
        int shard = NO_SHARD;

        int swept;

        /// For each shard how often it was asked for in vain, and when it may be asked for again.
        final int[] asked = new int[Shards.COUNT];
        final long[] askAt = new long[Shards.COUNT];

        Incoming(int groupId) {
            this.groupId = groupId;
        }
    }

    private final ConnectionTable table;
    private final Groups groups;
    private final EntryResolver resolver;
    private final List<Incoming> snapshots = new ArrayList<>();
    private long now;

    ChangeReceiver(ConnectionTable table, EntryResolver resolver) {
        this.table = table;
        groups = table.groups();
        this.resolver = resolver;
    }

    /// This, for changes that are applied at `time`.
    ChangeReceiver at(long time) {
        now = time;
        return this;
    }

    /// The group is held here from now on: a snapshot under way ends unverified and removes nothing.
    void opened(int group) {
        var snapshot = incoming(group);
        snapshot.begun = false;
        snapshot.sweepAt = NOT_SWEEPING;
        snapshot.shard = NO_SHARD;
        snapshot.verified = false;
    }

    @Override
    public void change(int kind, int groupId, int peer, int epoch, MemorySegment entry, long at) {
        int group = groups.index(groupId);
        if (group == ConnectionTable.NONE) {
            resolver.refused();
            return;
        }
        if (kind != Change.HANDOVER) { // Nobody holds it under that epoch yet.
            groups.learn(group, epoch);
        }
        groups.inherited(group, kind == Change.INHERIT);
        switch (kind) {
            case Change.UPSERT, Change.INHERIT -> apply(group, entry, at);
            case Change.UPSERT_IF_ABSENT -> applyIfAbsent(group, epoch, entry, at);
            case Change.DELETE -> delete(group, entry, at);
            case Change.SNAPSHOT_BEGIN -> begin(incoming(group));
            case Change.SNAPSHOT_ENTRY -> snapshotEntry(group, entry, at);
            case Change.SNAPSHOT_END -> end(group, epoch, EntryCodec.endEntries(entry, at), EntryCodec.endDigest(entry, at));
            case Change.DIGEST -> compare(group, epoch, entry, at);
            case Change.SHARD_BEGIN -> beginShard(group, epoch, EntryCodec.endShard(entry, at));
            case Change.SHARD_END -> endShard(group, entry, at);
            case Change.HANDOVER -> resolver.handoverArrived(groupId, epoch);
            default -> resolver.refused();
        }
    }

    private static void begin(Incoming snapshot) {
        snapshot.stamp++;
        snapshot.begun = true;
        snapshot.entries = 0;
        snapshot.digest = 0;
        snapshot.lost = false;
        snapshot.sweepAt = NOT_SWEEPING;
        snapshot.shard = NO_SHARD;
        snapshot.verified = false;
    }

    /// Whether the group's whole table, of `epoch`, is here, and nothing is at work on it.
    private boolean isSettled(int group, int epoch) {
        var snapshot = incoming(group);
        return snapshot.verified && snapshot.epoch == epoch && snapshot.shard == NO_SHARD && !groups.held(group);
    }

    /// All changes that the digest is of are in the table. What cannot be mended, as the services differ, is asked for ever more seldom.
    private void compare(int group, int epoch, MemorySegment theirs, long at) {
        int shard = EntryCodec.endShard(theirs, at);
        if (shard < 0 || shard >= Shards.COUNT || !isSettled(group, epoch)) {
            return;
        }
        var snapshot = incoming(group);
        int here = table.shards().size(group, shard);
        int there = EntryCodec.endEntries(theirs, at);
        boolean same = here == there && table.shards().digest(group, shard) == EntryCodec.endDigest(theirs, at);
        resolver.compared(same);
        if (same) {
            snapshot.asked[shard] = 0;
        } else if (snapshot.asked[shard] == 0 || now - snapshot.askAt[shard] >= 0) {
            snapshot.askAt[shard] = now + (ASK_NANOS << Math.min(snapshot.asked[shard]++, ASKS_DOUBLED_MAX));
            resolver.shardDiffers(groups.id(group), shard, here, there);
        }
    }

    private void beginShard(int group, int epoch, int shard) {
        if (isSettled(group, epoch)) {
            var snapshot = incoming(group);
            snapshot.stamp++;
            snapshot.shard = shard;
        }
    }

    private void endShard(int group, MemorySegment entry, long at) {
        var snapshot = incoming(group);
        if (snapshot.shard == EntryCodec.endShard(entry, at) && !groups.held(group)) {
            snapshot.entries = EntryCodec.endEntries(entry, at);
            snapshot.swept = 0;
            snapshot.sweepAt = 0;
        }
    }

    /// Whether a shard is being swept: what comes next has to wait.
    boolean repairs() {
        for (var snapshot : snapshots) {
            if (snapshot.shard != NO_SHARD && snapshot.sweepAt != NOT_SWEEPING) {
                return true;
            }
        }
        return false;
    }

    private void snapshotEntry(int group, MemorySegment entry, long at) {
        var snapshot = incoming(group);
        snapshot.entries++;
        snapshot.digest += EntryCodec.digest(entry, at);
        if (apply(group, entry, at) == ConnectionTable.FULL) {
            snapshot.lost = true;
        }
    }

    private void end(int group, int epoch, int entries, long digest) {
        var snapshot = incoming(group);
        boolean whole = snapshot.begun && snapshot.entries == entries && snapshot.digest == digest;
        snapshot.begun = false;
        snapshot.epoch = epoch;
        if (whole && !groups.held(group)) {
            snapshot.sweepAt = 0;
        } else {
            resolver.snapshotApplied(groups.id(group), epoch, whole && !snapshot.lost, snapshot.entries);
        }
    }

    /// Goes on removing what ended snapshots did not name, for a bounded time.
    ///
    /// @return whether there is more to sweep
    boolean sweep(long time) {
        for (int group = 0; group < snapshots.size(); group++) {
            var snapshot = incoming(group);
            if (snapshot.sweepAt != NOT_SWEEPING) {
                sweep(group, snapshot, time);
                return true;
            }
        }
        return false;
    }

    private void sweep(int group, Incoming snapshot, long time) {
        int end = Math.min(table.slotsUsed(), snapshot.sweepAt + SWEEP_SLOTS);
        for (int slot = snapshot.sweepAt; slot < end; slot++) {
            if (table.live(slot) && table.group(slot) == group && table.stamp(slot) != snapshot.stamp
                    && (snapshot.shard == NO_SHARD || snapshot.shard == table.shards().of(slot))) {
                table.remove(slot, time);
                snapshot.swept++;
            }
        }
        snapshot.sweepAt = end;
        if (end == table.slotsUsed()) {
            swept(group, snapshot);
        }
    }

    private void swept(int group, Incoming snapshot) {
        snapshot.sweepAt = NOT_SWEEPING;
        if (snapshot.shard == NO_SHARD) {
            snapshot.verified = !snapshot.lost;
            resolver.snapshotApplied(groups.id(group), snapshot.epoch, !snapshot.lost, snapshot.entries);
        } else {
            resolver.shardRepaired(groups.id(group), snapshot.shard, snapshot.entries, snapshot.swept);
            snapshot.shard = NO_SHARD;
        }
    }

    /// @return the slot of the connection, or why it has none
    private int apply(int group, MemorySegment entry, long at) {
        int slot = EntryCodec.problem(entry, at).isPresent() ? ConnectionTable.NONE : put(group, entry, at);
        if (slot < 0) {
            resolver.refused();
            return slot;
        }
        table.stamp(slot, incoming(group).stamp);
        resolver.applied();
        return slot;
    }

    /// A word of an old holder gives way to all that is here and has not ended, but for as long as no newer one has said anything.
    private void applyIfAbsent(int group, int epoch, MemorySegment entry, long at) {
        boolean isLatest = groups.prepared(group) || epoch - groups.epoch(group) >= 0;
        if (EntryCodec.problem(entry, at).isPresent() || isLatest || isAbsent(entry, at)) {
            apply(group, entry, at);
        } else {
            resolver.applied();
        }
    }

    private boolean isAbsent(MemorySegment entry, long at) {
        int slot = find(entry, at);
        return slot == ConnectionTable.NONE ? findReply(entry, at) == ConnectionTable.NONE : isBegunAnew(slot, entry, at);
    }

    private boolean isBegunAnew(int slot, MemorySegment entry, long at) {
        return TcpStates.reusable(table.state(slot)) && !TcpStates.reusable(EntryCodec.u8(entry, at + EntryLayout.STATE));
    }

    private int put(int group, MemorySegment entry, long at) {
        int slot = find(entry, at);
        if (slot != ConnectionTable.NONE && groups.decides(group) && !isBegunAnew(slot, entry, at)) {
            return slot;
        }
        long deadline = now + EntryCodec.u16(entry, at + EntryLayout.TIMEOUT) * NANOS_PER_SECOND;
        if (slot == ConnectionTable.NONE) {
            return insert(group, entry, at, deadline);
        }
        if (!sameRealServer(slot, entry, at)) {
            table.remove(slot, now);
            return insert(group, entry, at, deadline);
        }
        table.state(slot, EntryCodec.u8(entry, at + EntryLayout.STATE));
        table.deadline(slot, deadline);
        return slot;
    }

    private int insert(int group, MemorySegment entry, long at, long deadline) {
        long virtualHigh = EntryCodec.u64(entry, at + EntryLayout.VIRTUAL);
        long virtualLow = EntryCodec.u64(entry, at + EntryLayout.VIRTUAL + Long.BYTES);
        int virtualPort = EntryCodec.u16(entry, at + EntryLayout.VIRTUAL_PORT);
        int protocol = EntryCodec.u8(entry, at + EntryLayout.PROTOCOL);
        int service = resolver.service(protocol, virtualHigh, virtualLow, virtualPort);
        if (service == ConnectionTable.NONE) {
            return ConnectionTable.NONE;
        }
        long clientHigh = EntryCodec.u64(entry, at + EntryLayout.CLIENT);
        long clientLow = EntryCodec.u64(entry, at + EntryLayout.CLIENT + Long.BYTES);
        int clientPort = EntryCodec.u16(entry, at + EntryLayout.CLIENT_PORT);
        long realHigh = EntryCodec.u64(entry, at + EntryLayout.REAL);
        long realLow = EntryCodec.u64(entry, at + EntryLayout.REAL + Long.BYTES);
        int realPort = EntryCodec.u16(entry, at + EntryLayout.REAL_PORT);
        int other = findReply(entry, at);
        if (other != ConnectionTable.NONE && !groups.decides(table.group(other))) {
            table.remove(other, now); // It ended elsewhere, or its sender could not have made this one.
        }
        int slot = table.insert(
                protocol,
                clientHigh,
                clientLow,
                clientPort,
                virtualHigh,
                virtualLow,
                virtualPort,
                realHigh,
                realLow,
                realPort,
                EntryCodec.u16(entry, at + EntryLayout.FLAGS) & EntryLayout.METHOD_MASK,
                EntryCodec.u8(entry, at + EntryLayout.STATE),
                service,
                resolver.server(service, realHigh, realLow, realPort),
                group,
                deadline,
                now);
        if (slot >= 0) {
            groups.hear(group, slot);
        }
        return slot;
    }

    private void delete(int group, MemorySegment entry, long at) {
        if (EntryCodec.problem(entry, at).isPresent()) {
            resolver.refused();
            return;
        }
        int slot = find(entry, at);
        if (slot != ConnectionTable.NONE && !groups.held(group)) {
            table.remove(slot, now);
        }
        resolver.applied();
    }

    private int find(MemorySegment entry, long at) {
        return table.findForward(
                EntryCodec.u8(entry, at + EntryLayout.PROTOCOL),
                EntryCodec.u64(entry, at + EntryLayout.CLIENT),
                EntryCodec.u64(entry, at + EntryLayout.CLIENT + Long.BYTES),
                EntryCodec.u16(entry, at + EntryLayout.CLIENT_PORT),
                EntryCodec.u64(entry, at + EntryLayout.VIRTUAL),
                EntryCodec.u64(entry, at + EntryLayout.VIRTUAL + Long.BYTES),
                EntryCodec.u16(entry, at + EntryLayout.VIRTUAL_PORT));
    }

    /// The connection that owns the replies this entry would own; only NAT's are known by their replies.
    private int findReply(MemorySegment entry, long at) {
        return EntryCodec.nat(entry, at)
                ? table.findReply(
                        EntryCodec.u8(entry, at + EntryLayout.PROTOCOL),
                        EntryCodec.u64(entry, at + EntryLayout.REAL),
                        EntryCodec.u64(entry, at + EntryLayout.REAL + Long.BYTES),
                        EntryCodec.u16(entry, at + EntryLayout.REAL_PORT),
                        EntryCodec.u64(entry, at + EntryLayout.CLIENT),
                        EntryCodec.u64(entry, at + EntryLayout.CLIENT + Long.BYTES),
                        EntryCodec.u16(entry, at + EntryLayout.CLIENT_PORT))
                : ConnectionTable.NONE;
    }

    private boolean sameRealServer(int slot, MemorySegment entry, long at) {
        return table.addressLow(slot, EntryLayout.REAL) == EntryCodec.u64(entry, at + EntryLayout.REAL + Long.BYTES)
                && table.addressHigh(slot, EntryLayout.REAL) == EntryCodec.u64(entry, at + EntryLayout.REAL)
                && table.port(slot, EntryLayout.REAL_PORT) == EntryCodec.u16(entry, at + EntryLayout.REAL_PORT)
                && table.method(slot) == (EntryCodec.u16(entry, at + EntryLayout.FLAGS) & EntryLayout.METHOD_MASK);
    }

    /// An index that another group has now begins anew.
    private Incoming incoming(int group) {
        while (snapshots.size() <= group) {
            snapshots.add(new Incoming(groups.id(snapshots.size())));
        }
        if (snapshots.get(group).groupId != groups.id(group)) {
            snapshots.set(group, new Incoming(groups.id(group)));
        }
        return snapshots.get(group);
    }
}
