package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.conn.KeyHash;
import hadirector.conn.LeftTable;
import hadirector.conn.TableLayout;
import hadirector.ebpf.BpfMap;
import hadirector.linux.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The maps of a table that a dead process left in a folder of [Pins]. For one thread.
final class PinnedTable implements AutoCloseable {
    private final Path folder;
    private final List<BpfMap> maps = new ArrayList<>();
    private final Map<Integer, MemorySegment> chunks = new HashMap<>();
    private final LeftTable table;

    /// @throws ErrnoException if a map is missing that each process has
    PinnedTable(Path folder) {
        this.folder = folder;
        try {
            long seed = open(Pins.SEED, Long.BYTES).get(JAVA_LONG, 0);
            var index = open(Pins.INDEX, TableLayout.CELL_LENGTH);
            table = new LeftTable(index, this::chunk, open(Pins.GROUPS, Long.BYTES), new KeyHash(seed));
        } catch (ErrnoException e) {
            close();
            throw e;
        }
    }

    LeftTable table() {
        return table;
    }

    private MemorySegment open(String name, int valueSize) {
        var map = BpfMap.pinnedArray(folder.resolve(name), valueSize);
        maps.add(map);
        return map.memory();
    }

    private MemorySegment chunk(int number) {
        return chunks.computeIfAbsent(number, this::openChunk);
    }

    private MemorySegment openChunk(int number) {
        try {
            return open(Pins.CHUNK + number, TableLayout.SLOT_LENGTH);
        } catch (ErrnoException _) {
            return MemorySegment.NULL; // It could not be pinned, or a cell leads nowhere.
        }
    }

    @Override
    public void close() {
        maps.forEach(BpfMap::close);
    }
}
