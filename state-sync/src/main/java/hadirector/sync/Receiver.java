package hadirector.sync;

import hadirector.conn.Change;
import hadirector.conn.GroupId;
import hadirector.conn.ReplicatedTable;
import hadirector.group.ClusterChannel;
import hadirector.group.ClusterChannel.MessageKind;
import hadirector.sync.Groups.Admission;
import hadirector.sync.wire.ChangeRecord;
import hadirector.sync.wire.SyncHeader;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread `sync-receive`: takes counted messages in order, hands their changes to the table, acknowledges, complains
/// about gaps, asks for snapshots. It may wait for the table, so the group's threads only put messages into its
/// queue; what waits there is bounded by the windows of the senders, or refused.
final class Receiver implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);
    private static final long TICK_NANOS = 100_000_000L;
    private static final long COMPLAIN_NANOS = 1_000_000_000L;
    private static final int ACKNOWLEDGE_AFTER = 16;
    private static final long QUEUE_BYTES = 4L * SendStream.WINDOW_BYTES;

    /// A message from the group whose header has been read; its records begin at `recordsAt`.
    record Inbound(PeerLink link, SyncHeader header, MemorySegment message, long recordsAt) implements Work {
        long bytes() {
            return message.byteSize();
        }
    }

    /// There may be something to ask for.
    record Look() implements Work {}

    /// Ask whoever is followed for a shard of `group`.
    record Ask(String group, int shard) implements Work {}

    sealed interface Work {}

    private final int cluster;
    private final ClusterChannel channel;
    private final ReplicatedTable table;
    private final Groups groups;
    private final Collection<PeerLink> links;
    private final Slowest slowest;
    private final BlockingQueue<Work> queue = new LinkedBlockingQueue<>();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicLong arrived = new AtomicLong();
    private final AtomicLong handled = new AtomicLong();
    private long tickNanos;

    Receiver(
            int cluster,
            ClusterChannel channel,
            ReplicatedTable table,
            Groups groups,
            Collection<PeerLink> links,
            Slowest slowest) {
        this.cluster = cluster;
        this.channel = channel;
        this.table = table;
        this.groups = groups;
        this.links = links;
        this.slowest = slowest;
    }

    /// Any thread, returns at once.
    void arrived(Inbound message) {
        if (queuedBytes.addAndGet(message.bytes()) > QUEUE_BYTES) {
            queuedBytes.addAndGet(-message.bytes());
            message.link().refused(Refusal.OVERFLOW);
            return;
        }
        synchronized (arrived) { // Counted in the order of the queue.
            queue.add(message);
            arrived.incrementAndGet();
        }
    }

    /// Sends requests that are due, now; any thread.
    void look() {
        queue.add(new Look());
    }

    /// Asks for a shard; any thread.
    void ask(String group, int shard) {
        queue.add(new Ask(group, shard));
    }

    private void askNow(String group, int shard) throws InterruptedException {
        var source = groups.source(group);
        if (source.isPresent() && isConnected(source.get())) {
            ask(source.get(), SyncHeader.SHARD_REQUEST, GroupId.of(group), groups.epoch(GroupId.of(group)), shard);
        }
    }

    /// Waits until all that had arrived when it was called is with the table.
    ///
    /// @return whether that was so in time
    boolean awaitHandled(long nanos) throws InterruptedException {
        long wanted = arrived.get();
        long deadline = System.nanoTime() + nanos;
        while (handled.get() < wanted) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            TimeUnit.MICROSECONDS.sleep(100);
        }
        return true;
    }

    /// Works until interrupted.
    @Override
    public void run() {
        try {
            while (true) {
                switch (queue.poll(TICK_NANOS, TimeUnit.NANOSECONDS)) {
                    case Inbound message -> {
                        queuedBytes.addAndGet(-message.bytes());
                        takeSafely(message);
                        handled.incrementAndGet();
                    }
                    case Ask(String group, int shard) -> askNow(group, shard);
                    case Look() -> {}
                    case null -> {}
                }
                acknowledge(queue.isEmpty());
                tick(System.nanoTime());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void takeSafely(Inbound message) throws InterruptedException {
        try {
            take(message, System.nanoTime());
        } catch (RuntimeException e) {
            LOG.error("message not taken in peer={} header={}", message.link().name, message.header(), e);
            groups.lost(message.link().name, System.nanoTime());
        }
    }

    private void take(Inbound message, long now) throws InterruptedException {
        var link = message.link();
        var header = message.header();
        boolean hello = header.kind() == SyncHeader.HELLO;
        switch (link.incoming.accept(hello, header.stream(), header.sequence())) {
            case BEGINS -> {
                link.acknowledgement.gap = false;
                link.acknowledgement.epoch = 0;
                link.acknowledgement.owed++;
                link.received(0);
                groups.lost(link.name, now);
            }
            case TAKE -> {
                link.acknowledgement.owed++;
                link.received(header.count());
                if (header.kind() != SyncHeader.CHANGES) {
                    link.refused(Refusal.KIND);
                } else if (apply(message, now) == Admission.OLD_EPOCH) {
                    link.acknowledgement.group = header.group();
                    link.acknowledgement.epoch = groups.epoch(header.group());
                    acknowledge(link); // At once: the next may speak of another group.
                }
            }
            case STALE -> link.refused(Refusal.STALE);
            case GAP -> {
                link.refused(Refusal.GAP);
                groups.lost(link.name, now);
                complain(link, header.stream(), now);
            }
        }
    }

    private Admission apply(Inbound message, long now) throws InterruptedException {
        var link = message.link();
        var header = message.header();
        var admission = groups.admit(header.group(), header.epoch(), link.name, now);
        int first = 0;
        while (first < header.count()) {
            long at = message.recordsAt() + (long) first * ChangeRecord.LENGTH;
            int change = ChangeRecord.change(message.message(), at);
            int run = run(message, first, change);
            int asked = changeFor(admission, change, link);
            int made = groups.sift(header.group(), asked, link.name);
            if (made != 0) {
                table.receive(made, header.group(), header.epoch(), message.message(), at, run);
                groups.taken(header.group(), made, header.epoch(), link.name, now);
            }
            first += run;
        }
        if (admission == Admission.TAKE) {
            groups.taken(header.group(), link.name, header.position(message.message(), 0));
        }
        return admission;
    }

    /// How many records from `first` on are of the same kind and can be handed on together.
    private static int run(Inbound message, int first, int change) {
        int end = first + 1;
        while (ChangeRecord.bringsEntry(change)
                && end < message.header().count()
                && change == changeAt(message, end)) {
            end++;
        }
        return end - first;
    }

    private static int changeAt(Inbound message, int record) {
        return ChangeRecord.change(message.message(), message.recordsAt() + (long) record * ChangeRecord.LENGTH);
    }

    /// The change to make of it, or 0 for none.
    private static int changeFor(Admission admission, int change, PeerLink link) {
        if (!ChangeRecord.isKnown(change)) {
            link.refused(Refusal.KIND);
            return 0;
        }
        return switch (admission) {
            case TAKE -> change;
            case IF_ABSENT -> change == Change.UPSERT ? Change.UPSERT_IF_ABSENT : refuse(link, Refusal.EPOCH);
            case OLD_EPOCH -> refuse(link, Refusal.EPOCH);
            case UNKNOWN_GROUP -> refuse(link, Refusal.GROUP);
        };
    }

    private static int refuse(PeerLink link, Refusal why) {
        link.refused(why);
        return 0;
    }

    private void complain(PeerLink link, int stream, long now) throws InterruptedException {
        var owed = link.acknowledgement;
        boolean again = owed.gap && owed.gapStream == stream && now - owed.complainedNanos < COMPLAIN_NANOS;
        if (!again) {
            owed.gap = true;
            owed.gapStream = stream;
            owed.complainedNanos = now;
            long expected = stream == link.incoming.stream() ? link.incoming.last() + 1 : 0;
            LOG.info("gap peer={} stream={} expected={}", link.name, Integer.toHexString(stream), expected);
            send(link.name, new SyncHeader(SyncHeader.RESYNC, 0, cluster, 0, 0, stream, expected));
        }
    }

    private void acknowledge(boolean idle) throws InterruptedException {
        for (var link : links) {
            int owed = link.acknowledgement.owed;
            if (owed >= ACKNOWLEDGE_AFTER || (owed > 0 && idle)) {
                acknowledge(link);
            }
        }
    }

    private void acknowledge(PeerLink link) throws InterruptedException {
        var due = link.acknowledgement;
        due.owed = 0;
        send(link.name, new SyncHeader(
                SyncHeader.ACK, 0, cluster, due.group, due.epoch, link.incoming.stream(), link.incoming.last()));
    }

    private void tick(long now) throws InterruptedException {
        for (var request : groups.due(this::isConnected, now)) {
            LOG.info("snapshot asked peer={} group={}", request.holder(), request.group());
            ask(request.holder(), SyncHeader.SNAPSHOT_REQUEST, GroupId.of(request.group()), request.epoch(), 0);
        }
        if (now - tickNanos < TICK_NANOS) {
            return;
        }
        tickNanos = now;
        slowest.changed(groups.ids()); // Streams may have begun anew.
        for (var link : links) {
            link.tick(now);
            if (link.acknowledgement.gap && link.connected()) {
                complain(link, link.acknowledgement.gapStream, now);
            }
        }
    }

    private boolean isConnected(String name) {
        return links.stream().anyMatch(l -> l.name.equals(name) && l.connected());
    }

    private void ask(String holder, int kind, int group, int epoch, long shard) throws InterruptedException {
        send(holder, new SyncHeader(kind, 0, cluster, group, epoch, 0, shard));
    }

    private void send(String to, SyncHeader header) throws InterruptedException {
        byte[] message = new byte[SyncHeader.LENGTH];
        header.encode(MemorySegment.ofArray(message), 0);
        channel.send(to, MessageKind.SYNC, message, message.length);
    }
}
