package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hadirector.conn.TableLayout;
import hadirector.conn.TableMemory;
import hadirector.ebpf.BpfMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The memory of a connection table in BPF maps, so that programs find connections by themselves: `hd_index` and
/// `hd_slots`, an array of arrays, see [TableLayout]. Owner thread.
///
/// The kernel waits for all processors (some milliseconds) whenever a map is put into another, so chunks are made ahead on a thread of
/// their own, a quarter of the table at a time.
public final class SharedTable implements TableMemory {
    private static final Logger LOG = LoggerFactory.getLogger(SharedTable.class);
    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int BATCH_MIN = 2;
    private static final int BATCH_PART = 4;

    private final int chunksMax;
    private final Pins pins;
    private final BpfMap index;
    private final BpfMap template;
    private final BpfMap slots;
    private final List<BpfMap> chunks = new ArrayList<>();
    private boolean failed;
    private long askAgainAt;
    private CompletableFuture<List<BpfMap>> ahead = CompletableFuture.completedFuture(List.of());

    /// @throws hadirector.linux.ErrnoException if the kernel refuses: privileges, memory
    public SharedTable(int connectionsMax, Pins pins) {
        this.pins = pins;
        chunksMax = TableLayout.chunks(connectionsMax);
        index = BpfMap.mappedArray("hd_index", TableLayout.CELL_LENGTH, TableLayout.cells(connectionsMax));
        template = BpfMap.mappedArray("hd_chunk", TableLayout.SLOT_LENGTH, TableLayout.CHUNK_SLOTS);
        slots = BpfMap.arrayOfMaps("hd_slots", template, chunksMax);
        pins.pin(Pins.INDEX, index);
        makeAhead();
    }

    /// Descriptor of the map of cells.
    public int indexFd() {
        return index.fd();
    }

    /// Descriptor of the map of chunks.
    public int slotsFd() {
        return slots.fd();
    }

    @Override
    public MemorySegment index(long bytes) {
        return index.memory().asSlice(0, bytes);
    }

    @Override
    public MemorySegment chunk(int number, long bytes) {
        if (number >= chunks.size() && !takeAhead()) {
            return MemorySegment.NULL;
        }
        return chunks.get(number).memory().asSlice(0, bytes);
    }

    /// After a failure the kernel is asked again, but not for every connection.
    private boolean takeAhead() {
        long now = System.nanoTime();
        if (failed && now - askAgainAt < 0) {
            return false;
        }
        var made = ahead.exceptionally(SharedTable::none).join();
        chunks.addAll(made);
        failed = made.isEmpty();
        askAgainAt = now + ASK_AGAIN_NANOS;
        makeAhead();
        return !failed;
    }

    private static List<BpfMap> none(Throwable why) {
        LOG.warn("no memory for more connections, the kernel will be asked again: {}", why.getMessage());
        return List.of();
    }

    private void makeAhead() {
        int from = chunks.size();
        int to = Math.min(chunksMax, from + Math.max(BATCH_MIN, from / BATCH_PART));
        ahead = new CompletableFuture<>();
        Thread.ofPlatform().name("forwarder-memory").daemon().start(() -> make(from, to, ahead));
    }

    private void make(int from, int to, CompletableFuture<List<BpfMap>> result) {
        var made = new ArrayList<BpfMap>();
        try {
            for (int chunk = from; chunk < to; chunk++) {
                var map = BpfMap.mappedArray("hd_chunk", TableLayout.SLOT_LENGTH, TableLayout.CHUNK_SLOTS);
                made.add(map);
                pins.pin(Pins.CHUNK + chunk, map); // Each by itself: to open them by `hd_slots` would take CAP_SYS_ADMIN.
            }
            put(from, made);
            result.complete(made);
        } catch (RuntimeException e) {
            made.forEach(BpfMap::close);
            IntStream.range(from, to).forEach(chunk -> pins.unpin(Pins.CHUNK + chunk));
            result.completeExceptionally(e);
        }
    }

    private void put(int from, List<BpfMap> made) {
        try (var call = Arena.ofConfined()) {
            var keys = call.allocate(JAVA_INT, made.size() + 1);
            var values = call.allocate(JAVA_INT, made.size() + 1);
            for (int i = 0; i < made.size(); i++) {
                keys.setAtIndex(JAVA_INT, i, from + i);
                values.setAtIndex(JAVA_INT, i, made.get(i).fd());
            }
            if (!made.isEmpty() && slots.updateBatch(keys, values, made.size()) != made.size()) {
                throw new IllegalStateException("the kernel has no memory for " + made.size() + " chunks of connections");
            }
        }
    }

    @Override
    public void close() {
        ahead.handle((made, _) -> made == null ? List.<BpfMap>of() : made).join().forEach(BpfMap::close);
        chunks.forEach(BpfMap::close);
        slots.close();
        template.close();
        index.close();
    }
}
