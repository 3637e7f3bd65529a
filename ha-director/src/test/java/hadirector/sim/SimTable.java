package hadirector.sim;

import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The connection table of one director, by the clients' ports, with the rules of `hadirector.conn.ChangeReceiver` for what others tell.
final class SimTable {
    /// @param server the realserver that was chosen; no two connections have the same, so that no mistake goes unseen by chance
    record Entry(int port, long server, boolean ended) {
        Entry end() {
            return new Entry(port, server, true);
        }
    }

    /// How much another director's word on a connection counts.
    enum Word {
        /// As the one truth.
        LAST,
        /// Where there is nothing, or what has ended.
        LATE
    }

    private final TreeMap<Integer, Entry> entries = new TreeMap<>();
    private int learned;

    @Nullable Entry get(int port) {
        return entries.get(port);
    }

    /// Whether a packet of this connection goes to its realserver.
    boolean has(Entry connection) {
        var entry = entries.get(connection.port);
        return entry != null && entry.server == connection.server;
    }

    boolean hasAll(Collection<Entry> connections) {
        return connections.stream().allMatch(this::has);
    }

    List<Entry> copy() {
        return List.copyOf(entries.values());
    }

    /// @return whether anything changes
    boolean put(Entry entry, Word word) {
        var here = entries.get(entry.port);
        boolean free = here == null || (here.ended && !entry.ended);
        boolean changes = (word == Word.LAST || free) && !entry.equals(here);
        if (changes) {
            entries.put(entry.port, entry);
            learned |= here == null || here.server != entry.server ? bit(entry.port) : 0;
        }
        return changes;
    }

    /// Nothing is learned yet.
    void forgetWhatWasLearned() {
        learned = 0;
    }

    /// Whether the entry came since then.
    boolean isLearned(int port) {
        return (learned & bit(port)) != 0;
    }

    private static int bit(int port) {
        return 1 << port;
    }

    void remove(int port) {
        entries.remove(port);
    }

    /// Snapshots and repairs: what is not named goes.
    void replace(Collection<Entry> by, Word word) {
        entries.keySet().retainAll(by.stream().map(Entry::port).toList());
        by.forEach(entry -> put(entry, word));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SimTable table && entries.equals(table.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }
}
