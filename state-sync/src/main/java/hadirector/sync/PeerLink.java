package hadirector.sync;

import hadirector.conn.ReplicatedTable;
import hadirector.group.ClusterChannel;
import hadirector.group.ClusterChannel.MessageKind;
import hadirector.sync.SendStream.Outgoing;
import hadirector.sync.wire.ChangeRecord;
import hadirector.sync.wire.SyncHeader;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/// One other director: its outgoing stream with the thread `sync-to-NAME` that sends it, its incoming stream, its
/// counts. All fields are guarded by this object, except [#incoming] and [#acknowledgement], which belong to the thread
/// `sync-receive`.
final class PeerLink implements Runnable {
    final String name;
    final int number;
    final ReceiveStream incoming = new ReceiveStream();
    final Acknowledgement acknowledgement = new Acknowledgement();

    private final int cluster;
    private final ClusterChannel channel;
    private final SendStream outgoing;
    private final Map<Refusal, Long> refused = new EnumMap<>(Refusal.class);
    private boolean connected;
    private long messagesSent;
    private long entriesSent;
    private long bytesSent;
    private long messagesReceived;
    private long entriesReceived;

    /// What the receiving side owes this peer.
    static final class Acknowledgement {
        int owed;

        /// A group of which changes were refused in this stream, and the epoch, not 0, that it had then.
        int group;

        int epoch;
        boolean gap;
        int gapStream;
        long complainedNanos;
    }

    PeerLink(String name, int number, int cluster, int stream, ClusterChannel channel) {
        this.name = name;
        this.number = number;
        this.cluster = cluster;
        this.channel = channel;
        outgoing = new SendStream(stream);
    }

    /// In the view or not; a peer that comes back gets a new stream.
    synchronized void connected(boolean now) {
        if (now == connected) {
            return;
        }
        connected = now;
        if (now) {
            outgoing.restart(System.nanoTime());
            notifyAll();
        } else {
            outgoing.stop();
        }
    }

    synchronized boolean connected() {
        return connected;
    }

    synchronized void offer(Batch batch, long now) {
        boolean mine = batch.target() == number || batch.target() == ReplicatedTable.EVERY_PEER;
        if (mine && connected) {
            outgoing.offer(batch, now);
            notifyAll();
        }
    }

    /// @return the groups of what has been acknowledged
    synchronized Set<Integer> acknowledged(SyncHeader ack, long now) {
        refuseStale(ack);
        var groups = outgoing.acknowledge(ack.stream(), ack.sequence(), ack.group(), ack.epoch(), now);
        notifyAll();
        return groups;
    }

    private void refuseStale(SyncHeader about) {
        if (!outgoing.hasSent(about.stream(), about.sequence())) {
            refused(Refusal.STALE);
        }
    }

    /// See [SendStream#beginsSnapshot].
    synchronized boolean beginsSnapshot(int group) {
        return outgoing.beginsSnapshot(group);
    }

    /// See [SendStream#acknowledged(int)].
    synchronized long acknowledged(int group) {
        return connected ? outgoing.acknowledged(group) : SendStream.NOT_SYNCED;
    }

    synchronized void missed(SyncHeader complaint, long now) {
        refuseStale(complaint);
        outgoing.missed(complaint.stream(), complaint.sequence(), now);
        notifyAll();
    }

    synchronized void tick(long now) {
        if (connected) {
            outgoing.tick(now);
            notifyAll();
        }
    }

    /// Sends until interrupted.
    @Override
    public void run() {
        byte[] message = new byte[SyncHeader.LENGTH + Batch.RECORDS_MAX * ChangeRecord.LENGTH + SyncHeader.POSITION];
        var memory = MemorySegment.ofArray(message);
        try {
            while (true) {
                var next = take();
                var batch = next.batch();
                var header = header(batch, next);
                header.encode(memory, 0);
                MemorySegment.copy(batch.records(), 0, memory, SyncHeader.LENGTH, batch.records().byteSize());
                if (batch.kind() == SyncHeader.CHANGES) {
                    header.encodePosition(batch.position(), memory, 0);
                }
                channel.send(name, MessageKind.SYNC, message, batch.bytes());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Outgoing take() throws InterruptedException {
        while (true) {
            var next = connected ? outgoing.next() : null;
            if (next != null) {
                messagesSent++;
                entriesSent += next.batch().count();
                bytesSent += next.batch().bytes();
                return next;
            }
            wait();
        }
    }

    private SyncHeader header(Batch batch, Outgoing place) {
        return new SyncHeader(
                batch.kind(), batch.count(), cluster, batch.group(), batch.epoch(), place.stream(), place.sequence());
    }

    synchronized void refused(Refusal why) {
        refused.merge(why, 1L, Long::sum);
    }

    synchronized void received(int entries) {
        messagesReceived++;
        entriesReceived += entries;
    }

    /// Whether so much waits for this peer that it is better to let the table gather changes.
    synchronized boolean isBusy() {
        return connected && outgoing.queuedBytes() > SendStream.WINDOW_BYTES;
    }

    synchronized boolean isReady() {
        return connected && outgoing.queuedBytes() <= SendStream.WINDOW_BYTES;
    }

    /// Like [#isBusy], and it does acknowledge what it gets.
    synchronized boolean isBusyButAlive(long now, long patienceNanos) {
        return isBusy() && now - outgoing.progressNanos() < patienceNanos;
    }

    /// @param waiting changes that are in no peer's queue yet, the oldest for `waitedNanos`
    synchronized SyncStats.Peer stats(long now, long waiting, long waitedNanos) {
        return new SyncStats.Peer(
                name,
                connected,
                messagesSent,
                entriesSent,
                bytesSent,
                outgoing.acknowledgedEntries(),
                connected ? Math.max(outgoing.lagNanos(now), waitedNanos) : 0,
                connected ? outgoing.gapEntries() + waiting : 0,
                outgoing.dropped(),
                outgoing.streams(),
                messagesReceived,
                entriesReceived,
                refused);
    }
}
