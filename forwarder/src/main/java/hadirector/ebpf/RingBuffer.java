package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Descriptors;
import hadirector.linux.ErrnoException;
import hadirector.linux.MappedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// Records from programs to this process, in the order in which they were reserved (BPF_MAP_TYPE_RINGBUF, Linux 5.8;
/// kernel/bpf/ringbuf.c). Full is told to the program, nothing is overwritten. One thread reads; its descriptor can be polled.
///
/// ```
///   page 0            page 1             data, mapped twice in a row, so that no record is cut
///   +---------------+ +---------------+ +--------------------------+--------------------------+
///   |consumer u64   | |producer u64   | |[length u32][page u32]... |  the same again          |
///   +---------------+ +---------------+ +--------------------------+--------------------------+
///                                        length: bit 31 not yet submitted, bit 30 discarded
/// ```
public final class RingBuffer implements AutoCloseable {
    private static final int TYPE_RINGBUF = 27;
    private static final int BUSY = 1 << 31;
    private static final int DISCARDED = 1 << 30;
    private static final int HEADER_LENGTH = 8;
    private static final VarHandle POSITION = JAVA_LONG.varHandle();
    private static final VarHandle LENGTH = JAVA_INT.varHandle();

    private final int fd;
    private final long mask;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment consumer;
    private final MemorySegment producer;
    private final MemorySegment data;
    private boolean closed;

    /// Takes records.
    public interface Reader {
        /// @param ring memory in which the record lies; valid until this returns
        /// @param at where it begins
        /// @param length of it in bytes
        void record(MemorySegment ring, long at, int length);
    }

    /// @param bytes a power of two, a page at least
    public RingBuffer(String name, int bytes) {
        long page = MappedMemory.pageSize();
        fd = BpfMap.create(name, TYPE_RINGBUF, 0, 0, bytes, 0, 0);
        mask = bytes - 1L;
        try {
            consumer = MappedMemory.shared(fd, page, arena);
            var rest = MappedMemory.sharedReadOnly(fd, page, page + 2L * bytes, arena);
            producer = rest.asSlice(0, page);
            data = rest.asSlice(page);
        } catch (ErrnoException e) {
            arena.close();
            Descriptors.close(fd);
            throw e;
        }
    }

    public int fd() {
        return fd;
    }

    /// Shows up to `most` records that wait; how many there were. Allocates nothing.
    public int read(Reader reader, int most) {
        long at = (long) POSITION.get(consumer, 0L);
        int seen = 0;
        while (seen < most && at != (long) POSITION.getAcquire(producer, 0L)) {
            long header = at & mask;
            int length = (int) LENGTH.getAcquire(data, header);
            if ((length & BUSY) != 0) {
                break;
            }
            int bytes = length & ~DISCARDED;
            if (bytes == length) {
                reader.record(data, header + HEADER_LENGTH, bytes);
                seen++;
            }
            at += (bytes + HEADER_LENGTH + 7L) & ~7L;
            POSITION.setRelease(consumer, 0L, at);
        }
        return seen;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arena.close();
            Descriptors.close(fd);
        }
    }
}
