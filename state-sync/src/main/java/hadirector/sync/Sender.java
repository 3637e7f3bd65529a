package hadirector.sync;

import hadirector.conn.ChangeRing;
import hadirector.conn.ReplicatedTable;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The thread `sync`: takes changes from the ring, batches them and puts them into the peers' queues. While every
/// peer is behind it leaves the changes in the table, which gathers them; one slow peer among others does not
/// hold it up, except for a snapshot to that very peer as long as it makes progress.
final class Sender implements Runnable {
    private static final int DRAIN = 256;

    /// So many changes, and nothing waits in a batch that is not full, however busy the ring is.
    private static final int FLUSH = 16 * DRAIN;
    private static final long IDLE_NANOS = 100_000_000L;

    /// Between two looks at the ring under load: batches grow, and the owner thread need not wake this one each time.
    private static final long LINGER_NANOS = 200_000L;

    private static final long PATIENCE_NANOS = 200_000_000L;

    private final ChangeRing ring;
    private final Collection<PeerLink> links;
    private final Batcher batcher;
    private final ChangeRing.Consumer outside;
    private @Nullable PeerLink snapshotTarget;

    /// Where in the ring the last flush was.
    private long flushed;

    /// @param outside hears what goes to every peer, and what is for it alone
    Sender(ChangeRing ring, Collection<PeerLink> links, ChangeRing.Consumer outside) {
        this.ring = ring;
        this.links = links;
        this.outside = outside;
        batcher = new Batcher(this::publish, ring::since, ring::passed);
    }

    /// Works until interrupted.
    @Override
    public void run() {
        while (!Thread.currentThread().isInterrupted()) {
            ring.drain(this::change, DRAIN);
            if (ring.size() == 0) {
                if (flush()) {
                    LockSupport.parkNanos(LINGER_NANOS);
                } else {
                    ring.await(IDLE_NANOS);
                }
            } else if (ring.passed() - flushed >= FLUSH) {
                flush();
            }
            while (mustWait(System.nanoTime()) && !Thread.currentThread().isInterrupted()) {
                LockSupport.parkNanos(LINGER_NANOS);
            }
        }
    }

    private boolean flush() {
        flushed = ring.passed();
        return batcher.flush();
    }

    /// Changes that are in no peer's queue yet: in the table, in the ring, in open batches. Any thread; what moves on meanwhile
    /// may be counted twice, never left out.
    long waiting() {
        return (long) ring.withheld().changes() + ring.size() + batcher.waiting();
    }

    /// When the oldest of them was made, now if there are none; any thread.
    long waitingSince() {
        if (batcher.waiting() > 0) {
            return batcher.waitingSince();
        }
        if (ring.size() > 0) {
            return ring.oldest();
        }
        var withheld = ring.withheld();
        return withheld.changes() > 0 ? withheld.sinceNanos() : System.nanoTime();
    }

    private void change(int kind, int group, int peer, int epoch, MemorySegment entry, long at) {
        if (peer == ReplicatedTable.OUTSIDE || peer == ReplicatedTable.EVERY_PEER) {
            outside.change(kind, group, peer, epoch, entry, at);
        }
        if (peer != ReplicatedTable.OUTSIDE) {
            batcher.change(kind, group, peer, epoch, entry, at);
        }
    }

    private void publish(Batch batch) {
        long now = System.nanoTime();
        snapshotTarget = null;
        for (var link : links) {
            link.offer(batch, now);
            if (batch.target() != ReplicatedTable.EVERY_PEER && batch.target() == link.number) {
                snapshotTarget = link;
            }
        }
    }

    private boolean mustWait(long now) {
        boolean anyBusy = false;
        boolean anyReady = false;
        for (var link : links) {
            anyBusy |= link.isBusy();
            anyReady |= link.isReady();
        }
        var target = snapshotTarget;
        boolean snapshotWaits = target != null && target.isBusyButAlive(now, PATIENCE_NANOS);
        return (anyBusy && !anyReady) || snapshotWaits;
    }
}
