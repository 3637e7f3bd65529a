package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Errno;
import hadirector.linux.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/// Frames that wait to be sent with one call; they stay where they are, in the slots of any port.
final class TransmitQueue {
    static final int CAPACITY = 128;
    private static final int PARTS = 2;

    private final int fd;
    private final PortCounters counters;
    private final BooleanSupplier gate;
    private final MemorySegment messages;
    private final MemorySegment parts;
    private int size;

    TransmitQueue(Arena arena, int fd, PortCounters counters, BooleanSupplier gate) {
        this.gate = gate;
        this.fd = fd;
        this.counters = counters;
        messages = arena.allocate((long) CAPACITY * Sockets.MMSGHDR_LENGTH, Long.BYTES);
        parts = arena.allocate((long) CAPACITY * PARTS * Sockets.IOVEC_LENGTH, Long.BYTES);
        for (int i = 0; i < CAPACITY; i++) {
            long message = (long) i * Sockets.MMSGHDR_LENGTH;
            messages.set(JAVA_LONG, message + Sockets.MSG_IOV, parts.address() + part(i));
        }
    }

    boolean isFull() {
        return size == CAPACITY;
    }

    /// @param header address of the virtio header that the frame follows
    /// @param length of both
    void add(long header, int length) {
        long part = part(size);
        parts.set(JAVA_LONG, part, header);
        parts.set(JAVA_LONG, part + Long.BYTES, length);
        countParts(1);
    }

    /// A frame of two pieces.
    ///
    /// @param header address of the virtio header that the first piece follows
    /// @param length of both
    /// @param rest address of the second piece
    void add(long header, int length, long rest, int restLength) {
        long part = part(size);
        parts.set(JAVA_LONG, part, header);
        parts.set(JAVA_LONG, part + Long.BYTES, length);
        parts.set(JAVA_LONG, part + Sockets.IOVEC_LENGTH, rest);
        parts.set(JAVA_LONG, part + Sockets.IOVEC_LENGTH + Long.BYTES, restLength);
        countParts(PARTS);
    }

    private void countParts(int count) {
        messages.set(JAVA_LONG, (long) size * Sockets.MMSGHDR_LENGTH + Sockets.MSG_IOVLEN, count);
        size++;
    }

    /// Sends all, as long as the gate is open, which is asked right before each call of the kernel. A frame that the interface does not take is counted and skipped, as a router's full queue would.
    void flush() {
        int done = 0;
        while (done < size) {
            if (!gate.getAsBoolean()) {
                counters.withheld += size - done;
                break;
            }
            int n = Sockets.sendMany(fd, messages, done, size - done);
            if (n > 0) {
                counters.sent += n;
                done += n;
            } else if (n == 0 || isDown(-n)) {
                counters.dropped(-n, size - done);
                done = size;
            } else if (n != -Errno.EINTR) {
                counters.dropped(-n, 1);
                done++;
            }
        }
        size = 0;
    }

    private static boolean isDown(int errno) {
        return errno == Errno.ENETDOWN || errno == Errno.ENXIO || errno == Errno.ENODEV;
    }

    private static long part(int i) {
        return (long) i * PARTS * Sockets.IOVEC_LENGTH;
    }
}
