package hadirector.engine;

import hadirector.conn.FlowRecord;
import hadirector.forward.FlowRecords;
import java.lang.foreign.MemorySegment;

/// When a connection ends of which the kernel may have forwarded packets that its entry does not know. Pure.
final class Idle {
    private Idle() {}

    /// The deadline that follows from the later of what both records saw; a unit of their clock late at most, never early.
    ///
    /// @param first offset of one record
    /// @param second offset of the other
    /// @return `now` if neither has seen a packet
    static long deadline(MemorySegment records, long first, long second, long timeout, long now) {
        long idle = Math.min(nanos(records, first, now), nanos(records, second, now));
        return idle == Long.MAX_VALUE ? now : now - idle + FlowRecord.TIME_UNIT_NANOS + timeout;
    }

    private static long nanos(MemorySegment records, long at, long now) {
        int seen = FlowRecords.lastSeen(records, at);
        return seen == 0 ? Long.MAX_VALUE : FlowRecord.nanosSince(seen, now);
    }
}
