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
    private static final long IDLE_NANOS = 100_000_000L;

    /// Between two looks at the ring under load: batches grow, and the owner thread need not wake this one each time.
    private static final long LINGER_NANOS = 200_000L;

    private static final long PATIENCE_NANOS = 200_000_000L;

    private final ChangeRing ring;
    private final Collection<PeerLink> links;
    private final Batcher batcher = new Batcher(this::publish, System::nanoTime);
    private final ChangeRing.Consumer outside;
    private @Nullable PeerLink snapshotTarget;

    /// @param outside hears what goes to every peer, and what is for it alone
    Sender(ChangeRing ring, Collection<PeerLink> links, ChangeRing.Consumer outside) {
        this.ring = ring;
        this.links = links;
        this.outside = outside;
    }

    /// Works until interrupted.
    @Override
    public void run() {
        while (!Thread.currentThread().isInterrupted()) {
            ring.drain(this::change, DRAIN);
            if (ring.size() == 0) {
                if (batcher.flush()) {
                    LockSupport.parkNanos(LINGER_NANOS);
                } else {
                    ring.await(IDLE_NANOS);
                }
            }
            while (mustWait(System.nanoTime()) && !Thread.currentThread().isInterrupted()) {
                LockSupport.parkNanos(LINGER_NANOS);
            }
        }
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
