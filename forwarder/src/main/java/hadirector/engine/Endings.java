package hadirector.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import hadirector.conn.ConnectionTable;
import hadirector.fastpath.Ending;
import hadirector.fastpath.SharedMaps;
import java.lang.foreign.MemorySegment;

/// The ends of connections whose FIN or RST the kernel forwarded. It wakes nobody for them: they are looked at in every cycle, and before a
/// SYN on a known connection is judged. A slot rests longer before it is used again than a cycle takes, so what is told is of the connection
/// that is there, or of none. Owner thread.
final class Endings {
    private static final int BATCH = 4_096;

    private final SharedMaps maps;
    private final ConnectionTable table;
    private final Progress progress;
    private long now;

    Endings(SharedMaps maps, ConnectionTable table, Progress progress) {
        this.maps = maps;
        this.table = table;
        this.progress = progress;
    }

    /// Takes in what has been told.
    ///
    /// @return whether there may be more
    boolean run(long nowNanos) {
        now = nowNanos;
        return maps.readEndings(this::ended, BATCH) == BATCH;
    }

    private void ended(MemorySegment ring, long at, int length) {
        int flow = ring.get(JAVA_INT_UNALIGNED, at + Ending.FLOW);
        int slot = ConnectionTable.slot(flow);
        if (slot >= 0 && slot < table.slotsUsed() && table.live(slot)) {
            progress.segment(slot, ConnectionTable.direction(flow), ring.get(JAVA_INT_UNALIGNED, at + Ending.FLAGS), now);
        }
    }
}
