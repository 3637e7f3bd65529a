package hadirector.sync;

import hadirector.conn.ReplicatedTable;
import java.util.Collection;

/// Tells the table how far all directors are that have a whole copy of a group. Any thread.
final class Slowest {
    private final Collection<PeerLink> links;
    private final ReplicatedTable table;

    Slowest(Collection<PeerLink> links, ReplicatedTable table) {
        this.links = links;
        this.table = table;
    }

    /// One of them has acknowledged something, has come or gone.
    synchronized void changed(Collection<Integer> groups) {
        for (int group : groups) {
            table.acknowledged(group, links.stream().mapToLong(link -> link.acknowledged(group)).min().orElse(SendStream.NOT_SYNCED));
        }
    }
}
