package hadirector.sync;

import hadirector.conn.Change;
import hadirector.conn.ChangeRing;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
import hadirector.conn.ReplicatedTable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A replicated table of one group as simple as can be: int keys to int values in a HashMap. It keeps the contract:
/// changes that find the ring full wait by key with their newest state, snapshots go out in slices between them.
final class FakeTable implements ReplicatedTable, AutoCloseable {
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final long KEY = EntryLayout.CLIENT + 12;
    private static final long VALUE = EntryLayout.REAL + 12;
    private static final int SLICE = 64;

    /// What came in, for tests that ask for the order.
    record Seen(int change, int key) {}

    final List<Seen> seen = new ArrayList<>();
    final List<Integer> resent = new CopyOnWriteArrayList<>();
    boolean remembers;
    boolean lies;
    /// Up to where in the ring every director with a whole copy has all changes.
    volatile long acknowledged = Long.MAX_VALUE;

    int snapshotsVerified;
    int snapshotsWrong;
    int snapshotsBegun;
    int snapshotsAsked;
    int handoverEpoch;
    int digests;

    private final ChangeRing ring;
    private final int group;
    private final Map<Integer, Integer> entries = new HashMap<>();
    private final Set<Integer> dirty = new LinkedHashSet<>();
    private final Deque<Outgoing> outgoing = new ArrayDeque<>();
    private final MemorySegment scratch = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
    private final Thread owner = new Thread(this::pumpUntilInterrupted, "fake-owner");
    private int epoch = 1;
    private boolean replicating;
    private boolean stuck;
    private @Nullable Incoming incoming;

    /// A snapshot or a handover on its way out.
    private static final class Outgoing {
        final int peer;
        final int handoverEpoch;
        List<Integer> keys = List.of();
        int next = -1;
        int sent;
        long digest;

        Outgoing(int peer, int handoverEpoch) {
            this.peer = peer;
            this.handoverEpoch = handoverEpoch;
        }
    }

    private static final class Incoming {
        final Set<Integer> touched = new HashSet<>();
        int entries;
        long digest;
    }

    FakeTable(String group, int ringCapacity) {
        this.group = GroupId.of(group);
        ring = new ChangeRing(ringCapacity);
        owner.setDaemon(true);
        owner.start();
    }

    synchronized void put(int key, int value) {
        entries.put(key, value);
        changed(key);
    }

    synchronized void remove(int key) {
        entries.remove(key);
        changed(key);
    }

    /// An entry of former times that nobody is told of.
    synchronized void leftOver(int key) {
        entries.put(key, 0);
    }

    private void changed(int key) {
        ring.stamp(System.nanoTime());
        if (replicating && !write(key)) {
            dirty.add(key);
        }
        ring.signal();
    }

    private boolean write(int key) {
        if (dirty.contains(key)) {
            return false;
        }
        Integer value = entries.get(key);
        return value == null
                ? offer(Change.DELETE, EVERY_PEER, key, 0)
                : offer(Change.UPSERT, EVERY_PEER, key, value);
    }

    private boolean offer(int change, int peer, int key, int value) {
        return ring.offer(change, group, peer, epoch, entry(key, value), 0);
    }

    private MemorySegment entry(int key, int value) {
        scratch.fill((byte) 0);
        scratch.set(U32, KEY, key);
        scratch.set(U32, VALUE, value);
        return scratch;
    }

    /// As the owner of a table does now and then.
    synchronized void tellDigest() {
        boolean _ = ring.offer(Change.DIGEST, group, EVERY_PEER, epoch, entry(0, 0), 0);
        ring.signal();
    }

    synchronized int digests() {
        return digests;
    }

    synchronized void epoch(int now) {
        epoch = now;
    }

    synchronized Map<Integer, Integer> copy() {
        return new HashMap<>(entries);
    }

    synchronized int size() {
        return entries.size();
    }

    synchronized List<Seen> seen() {
        return List.copyOf(seen);
    }

    synchronized int verified() {
        return snapshotsVerified;
    }

    synchronized int wrong() {
        return snapshotsWrong;
    }

    synchronized int asked() {
        return snapshotsAsked;
    }

    synchronized int begun() {
        return snapshotsBegun;
    }

    synchronized int handoverEpoch() {
        return handoverEpoch;
    }

    /// While stuck, [#receive] waits.
    synchronized void stuck(boolean now) {
        stuck = now;
        notifyAll();
    }

    @Override
    public ChangeRing changes() {
        return ring;
    }

    @Override
    public synchronized void replicate(boolean on) {
        replicating = on;
        if (!on) {
            dirty.clear();
            outgoing.clear();
        }
    }

    @Override
    public synchronized void snapshot(int id, int peer) {
        snapshotsAsked++;
        outgoing.add(new Outgoing(peer, 0));
        notifyAll();
    }

    @Override
    public synchronized void resend(int id, int peer, int shard) {
        resent.add(shard);
    }

    @Override
    public void acknowledged(int id, long position) {
        acknowledged = position;
    }

    @Override
    public synchronized void handover(int id, int peer, int ofEpoch) {
        outgoing.add(new Outgoing(peer, ofEpoch));
        notifyAll();
    }

    private void pumpUntilInterrupted() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                synchronized (this) {
                    pump();
                    wait(1);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void pump() {
        for (var keys = new ArrayDeque<>(dirty); !keys.isEmpty() && ring.free() > 0; ) {
            int key = keys.remove();
            dirty.remove(key);
            write(key);
        }
        while (dirty.isEmpty() && !outgoing.isEmpty() && ring.free() > SLICE + 2) {
            slice(outgoing.getFirst());
        }
        ring.withhold(dirty.size(), System.nanoTime());
        ring.signal();
    }

    private void slice(Outgoing out) {
        if (out.handoverEpoch != 0) {
            ring.offer(Change.HANDOVER, group, out.peer, out.handoverEpoch, entry(0, 0), 0);
            outgoing.remove();
            return;
        }
        if (out.next < 0) {
            offer(Change.SNAPSHOT_BEGIN, out.peer, 0, 0);
            out.keys = new ArrayList<>(entries.keySet()); // Now: what came before is wanted again.
            out.next = 0;
        }
        for (int end = Math.min(out.next + SLICE, out.keys.size()); out.next < end; out.next++) {
            int key = out.keys.get(out.next);
            Integer value = entries.get(key);
            if (value != null) {
                out.sent++;
                out.digest += digest(key, value);
                offer(Change.SNAPSHOT_ENTRY, out.peer, key, value);
            }
        }
        if (out.next == out.keys.size()) {
            scratch.fill((byte) 0);
            scratch.set(U32, 0, out.sent);
            scratch.set(U64, 8, lies ? ~out.digest : out.digest);
            ring.offer(Change.SNAPSHOT_END, group, out.peer, epoch, scratch, 0);
            outgoing.remove();
        }
    }

    private static long digest(int key, int value) {
        return ((long) key << 32 | value) * 0x9e3779b97f4a7c15L;
    }

    @Override
    public synchronized void receive(int kind, int id, int ofEpoch, MemorySegment payload, long at, int count)
            throws InterruptedException {
        while (stuck) {
            wait();
        }
        for (int i = 0; i < count; i++) {
            long record = at + (long) i * EntryLayout.LENGTH;
            take(kind, ofEpoch, payload, record);
            if (remembers) {
                seen.add(new Seen(kind, payload.get(U32, record + KEY)));
            }
        }
    }

    private void take(int kind, int ofEpoch, MemorySegment payload, long at) {
        int key = payload.get(U32, at + KEY);
        int value = payload.get(U32, at + VALUE);
        switch (kind) {
            case Change.UPSERT -> upsert(key, value);
            case Change.UPSERT_IF_ABSENT -> entries.putIfAbsent(key, value);
            case Change.DELETE -> entries.remove(key);
            case Change.SNAPSHOT_BEGIN -> {
                snapshotsBegun++;
                incoming = new Incoming();
            }
            case Change.SNAPSHOT_ENTRY -> {
                upsert(key, value);
                if (incoming != null) {
                    incoming.entries++;
                    incoming.digest += digest(key, value);
                }
            }
            case Change.SNAPSHOT_END -> end(payload.get(U32, at), payload.get(U64, at + 8));
            case Change.HANDOVER -> handoverEpoch = ofEpoch;
            case Change.DIGEST -> digests++;
            default -> throw new IllegalArgumentException("change " + kind);
        }
    }

    private void upsert(int key, int value) {
        entries.put(key, value);
        if (incoming != null) {
            incoming.touched.add(key);
        }
    }

    private void end(int count, long digest) {
        if (incoming != null && incoming.entries == count && incoming.digest == digest) {
            entries.keySet().retainAll(incoming.touched);
            snapshotsVerified++;
        } else {
            snapshotsWrong++;
        }
        incoming = null;
    }

    @Override
    public void close() {
        owner.interrupt();
        try {
            owner.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        ring.close();
    }
}
