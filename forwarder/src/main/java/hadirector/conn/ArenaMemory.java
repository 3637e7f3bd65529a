package hadirector.conn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// See [TableMemory#ofArena].
final class ArenaMemory implements TableMemory {
    private static final long CACHE_LINE = 64;

    private final Arena arena = Arena.ofShared();

    @Override
    public MemorySegment index(long bytes) {
        return arena.allocate(bytes, CACHE_LINE);
    }

    @Override
    public MemorySegment chunk(int number, long bytes) {
        return arena.allocate(bytes, CACHE_LINE);
    }

    @Override
    public void close() {
        arena.close();
    }
}
