package hadirector.sync.ipvs;

import hadirector.conn.Change;
import hadirector.conn.ConnectionEntry;
import hadirector.conn.EntryCodec;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
import hadirector.conn.ReplicatedTable;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Takes a master's messages into the table, as long as nobody of the cluster holds the VIP group. One thread; it waits for the table's owner.
final class IpvsIntake {
    private static final int BATCH = 256;
    private static final int NO_HOLDING = 0;

    private final int syncId;
    private final ReplicatedTable table;
    private final Supplier<IpvsServices> services;
    private final Predicate<String> isFree;
    private final IpvsCounts counts;
    private final MemorySegment batch = MemorySegment.ofArray(new long[BATCH * EntryLayout.LENGTH / Long.BYTES]);
    private String group = "";
    private int size;

    /// @param syncId of the messages to take; 0 for all
    /// @param isFree whether nobody of the cluster holds a VIP group
    IpvsIntake(
            int syncId,
            ReplicatedTable table,
            Supplier<IpvsServices> services,
            Predicate<String> isFree,
            IpvsCounts counts) {
        this.syncId = syncId;
        this.table = table;
        this.services = services;
        this.isFree = isFree;
        this.counts = counts;
    }

    void take(MemorySegment message) throws InterruptedException {
        counts.messagesReceived.increment();
        var said = IpvsMessage.decode(message);
        if (syncId != 0 && said.syncId() != syncId) {
            counts.refused(IpvsRefusal.SYNC_ID);
            return;
        }
        said.refused().forEach(counts::refused);
        if (!said.connections().isEmpty()) {
            counts.heard = Instant.now();
        }
        var known = services.get();
        for (var connection : said.connections()) {
            switch (known.inherit(connection)) {
                case IpvsServices.Inherited.Refused(IpvsRefusal why) -> counts.refused(why);
                case IpvsServices.Inherited.Taken(String of, ConnectionEntry entry) -> add(of, entry);
            }
        }
        flush();
    }

    private void add(String of, ConnectionEntry entry) throws InterruptedException {
        if (!isFree.test(of)) {
            counts.refused(IpvsRefusal.HELD);
            return;
        }
        if (size == BATCH || !of.equals(group)) {
            flush();
        }
        group = of;
        EntryCodec.encode(entry, batch, (long) size * EntryLayout.LENGTH);
        size++;
    }

    private void flush() throws InterruptedException {
        if (size > 0) {
            table.receive(Change.INHERIT, GroupId.of(group), NO_HOLDING, batch, 0, size);
            counts.inherited.add(size);
            size = 0;
        }
    }
}
