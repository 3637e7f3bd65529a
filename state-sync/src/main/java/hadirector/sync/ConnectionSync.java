package hadirector.sync;

import hadirector.conn.ChangeRing;
import hadirector.conn.GroupId;
import hadirector.conn.ReplicatedTable;
import hadirector.conn.Shards;
import hadirector.group.ClusterChannel;
import hadirector.group.View;
import hadirector.sync.Receiver.Inbound;
import hadirector.sync.wire.SyncHeader;
import hadirector.sync.wire.WireFormatException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Replicates the connection table: the holder's changes to all peers, snapshots to those that ask.
/// The director passes views and `SYNC` messages on to it and asks it; it decides no roles. See DESIGN.md.
public final class ConnectionSync implements AutoCloseable {
    private static final Duration JOIN = Duration.ofSeconds(2);

    private final String self;
    private final int cluster;
    private final ClusterChannel channel;
    private final ReplicatedTable table;
    private final Groups groups;

    /// Grows only; a link keeps its place, which is the peer's number.
    private final List<PeerLink> links = new CopyOnWriteArrayList<>();

    private final Slowest slowest;
    private final Receiver receiver;
    private final Sender sender;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong strangers = new AtomicLong();
    private ChangeRing.Consumer outside = (_, _, _, _, _, _) -> {};
    private boolean overheard;
    private boolean running;

    /// @param cluster its name; messages of other clusters are refused
    /// @param groups the configured VIP groups
    public ConnectionSync(
            String cluster, String self, Collection<String> groups, ClusterChannel channel, ReplicatedTable table) {
        this.self = self;
        this.cluster = GroupId.of(cluster);
        this.channel = channel;
        this.table = table;
        this.groups = new Groups(groups);
        slowest = new Slowest(links, table);
        receiver = new Receiver(this.cluster, channel, table, this.groups, links, slowest);
        sender = new Sender(table.changes(), links, (kind, group, peer, epoch, entry, at) ->
                outside.change(kind, group, peer, epoch, entry, at));
    }

    /// Lets one more listener hear the changes of the groups that are held here, and what the table writes for [ReplicatedTable#OUTSIDE]; called by
    /// the thread `sync`, which it must not hold up. Before [#start].
    public synchronized void overhear(ChangeRing.Consumer listener) {
        outside = listener;
        overheard = true;
    }

    /// Starts the threads: `sync`, `sync-receive` and for each peer `sync-to-NAME`.
    public synchronized void start() {
        running = true;
        table.replicate(overheard);
        launch("sync", sender);
        launch("sync-receive", receiver);
        links.forEach(link -> launch("sync-to-" + link.name, link));
    }

    private void launch(String name, Runnable work) {
        threads.add(Thread.ofPlatform().name(name).daemon().start(work));
    }

    /// The configured groups, after a reload.
    public void groups(Collection<String> names) {
        groups.configure(names);
    }

    /// Who is there; the group's thread.
    public synchronized void view(View view) {
        var others = view.members().stream().filter(name -> !name.equals(self)).toList();
        table.replicate(overheard || !others.isEmpty());
        others.forEach(this::link);
        links.forEach(link -> link.connected(others.contains(link.name)));
        slowest.changed(groups.ids());
    }

    private synchronized PeerLink link(String name) {
        var known = find(name);
        if (known != null) {
            return known;
        }
        var link = new PeerLink(name, links.size(), cluster, ThreadLocalRandom.current().nextInt(), channel);
        links.add(link);
        if (running) {
            launch("sync-to-" + name, link);
        }
        return link;
    }

    private @Nullable PeerLink find(String name) {
        for (var link : links) {
            if (link.name.equals(name)) {
                return link;
            }
        }
        return null;
    }

    /// A message of kind `SYNC`; the group's thread. The array is kept.
    public void message(String sender, byte[] message, int offset, int length) {
        var link = find(sender);
        if (link == null || !link.connected()) {
            strangers.incrementAndGet();
            if (link != null) {
                link.refused(Refusal.STRANGER);
            }
            return;
        }
        try {
            var bytes = MemorySegment.ofArray(message).asSlice(offset, length);
            dispatch(link, SyncHeader.decode(bytes, 0, length), bytes);
        } catch (WireFormatException _) {
            link.refused(Refusal.FORMAT);
        }
    }

    private void dispatch(PeerLink link, SyncHeader header, MemorySegment message) {
        long now = System.nanoTime();
        if (header.cluster() != cluster) {
            link.refused(Refusal.CLUSTER);
        } else if (header.counted()) {
            receiver.arrived(new Inbound(link, header, message, SyncHeader.LENGTH));
        } else {
            switch (header.kind()) {
                case SyncHeader.ACK -> slowest.changed(link.acknowledged(header, now));
                case SyncHeader.RESYNC -> link.missed(header, now);
                case SyncHeader.SNAPSHOT_REQUEST, SyncHeader.SHARD_REQUEST -> asked(link, header);
                default -> link.refused(Refusal.KIND);
            }
        }
    }

    private void asked(PeerLink link, SyncHeader request) {
        if (groups.isOver(request.group(), request.epoch())) {
            link.refused(Refusal.EPOCH);
        } else if (request.kind() == SyncHeader.SNAPSHOT_REQUEST) {
            snapshot(link, request.group());
        } else if (request.sequence() >= 0 && request.sequence() < Shards.COUNT) {
            table.resend(request.group(), link.number, (int) request.sequence());
        } else {
            link.refused(Refusal.FORMAT);
        }
    }

    private void snapshot(PeerLink link, int ofGroup) {
        if (!link.beginsSnapshot(ofGroup)) {
            table.snapshot(ofGroup, link.number);
        }
    }

    /// Asks whoever holds the group to send one of the [Shards] of its connections anew.
    public void requestShard(String group, int shard) {
        receiver.ask(group, shard);
    }

    /// The highest epoch of the group that the director knows of; lower ones are refused from now on, except late
    /// entries of the previous holder for a settling time of 2 s. A message of a higher epoch raises it by itself.
    public void epoch(String group, int epoch) {
        groups.epoch(group, epoch, System.nanoTime());
    }

    /// Asks the holder for a snapshot of the group, again if nothing comes, and after every gap.
    public void requestSnapshot(String holder, String group) {
        groups.request(holder, group, System.nanoTime());
        receiver.look();
    }

    /// Hands the group over to `target`: a [hadirector.conn.Change#HANDOVER] follows all its entries.
    ///
    /// @param epoch of the target's holding
    public void handover(String target, String group, int epoch) {
        table.handover(GroupId.of(group), peer(target), epoch);
    }

    /// Waits until all that the group's threads had brought is with the table: do so before a takeover.
    ///
    /// @return whether that was so in time
    public boolean awaitReceived(Duration atMost) throws InterruptedException {
        return receiver.awaitHandled(atMost.toNanos());
    }

    public SnapshotState snapshot(String group) {
        return groups.snapshot(group);
    }

    /// The number by which the table knows a director; the same for the life of this object.
    public int peer(String director) {
        return link(director).number;
    }

    public SyncStats stats() {
        long waiting = sender.waiting();
        long since = sender.waitingSince();
        long now = System.nanoTime();
        long waited = waiting == 0 ? 0 : Math.max(0, now - since);
        return new SyncStats(
                waiting,
                strangers.get(),
                links.stream().map(link -> link.stats(now, waiting, waited)).toList(),
                groups.stats());
    }

    /// Ends the threads; afterwards the table may be closed.
    @Override
    public synchronized void close() {
        running = false;
        table.replicate(false);
        threads.forEach(Thread::interrupt);
        try {
            for (var thread : threads) {
                thread.join(JOIN); // The group may keep one that sends to a frozen peer; it does not touch the table.
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        threads.clear();
    }
}
