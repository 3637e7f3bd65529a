package hadirector.conn;

import java.lang.foreign.MemorySegment;

/// Where a [ConnectionTable] keeps what others read along: its index and its slots, as [TableLayout] has them. The packet
/// engine's are BPF maps. Owner thread; what it gives is zero, begins at a cache line and stays until [#close].
public interface TableMemory extends AutoCloseable {
    /// The cells; asked for once.
    MemorySegment index(long bytes);

    /// The slots of one chunk, in order, when the first of them is needed.
    ///
    /// @return [MemorySegment#NULL] if there is no memory now; then it is asked for again
    MemorySegment chunk(int number, long bytes);

    /// Frees all; nobody reads it any more.
    @Override
    void close();

    /// Memory of this process alone.
    static TableMemory ofArena() {
        return new ArenaMemory();
    }
}
