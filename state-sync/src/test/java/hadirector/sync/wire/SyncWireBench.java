package hadirector.sync.wire;

import hadirector.conn.Change;
import hadirector.conn.EntryLayout;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// One full message written, and read as the receiver reads it; per record. Budget: 20 ns, no bytes for records.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(2)
public class SyncWireBench {
    private static final int RECORDS = 127;

    private final MemorySegment entry = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
    private final MemorySegment message =
            MemorySegment.ofArray(new byte[SyncHeader.LENGTH + RECORDS * ChangeRecord.LENGTH]);
    private long sequence;

    public SyncWireBench() {
        encode();
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public final MemorySegment encode() {
        new SyncHeader(SyncHeader.CHANGES, RECORDS, 1, 2, 3, 4, sequence++).encode(message, 0);
        for (int i = 0; i < RECORDS; i++) {
            ChangeRecord.encode(Change.UPSERT, entry, 0, message, at(i));
        }
        return message;
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public final long decode() throws WireFormatException {
        var header = SyncHeader.decode(message, 0, message.byteSize());
        long changes = header.sequence();
        for (int i = 0; i < header.count(); i++) {
            changes += ChangeRecord.change(message, at(i));
        }
        return changes;
    }

    private static long at(int record) {
        return SyncHeader.LENGTH + (long) record * ChangeRecord.LENGTH;
    }
}
