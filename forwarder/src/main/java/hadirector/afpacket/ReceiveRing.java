package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The `mmsghdr`s by which the kernel fills the received slots of [Frames]; written once, used for each batch.
final class ReceiveRing {
    private static final int PARTS = 2;

    private final Frames frames;
    private final MemorySegment messages;

    ReceiveRing(Arena arena, Frames frames) {
        this.frames = frames;
        messages = arena.allocate((long) Frames.RECEIVED * Sockets.MMSGHDR_LENGTH, Long.BYTES);
        var parts = arena.allocate((long) Frames.RECEIVED * PARTS * Sockets.IOVEC_LENGTH, Long.BYTES);
        for (int slot = 0; slot < Frames.RECEIVED; slot++) {
            long iov = (long) slot * PARTS * Sockets.IOVEC_LENGTH;
            set(parts, iov, frames.headerAt(slot), VirtioHeader.LENGTH);
            set(parts, iov + Sockets.IOVEC_LENGTH, frames.at(slot), Frames.RECEIVED_LENGTH_MAX);
            messages.set(JAVA_LONG, message(slot) + Sockets.MSG_IOV, parts.address() + iov);
            messages.set(JAVA_LONG, message(slot) + Sockets.MSG_IOVLEN, PARTS);
        }
    }

    /// Fills slots from `first` on, at most `count`; how many, or the negated errno.
    int fill(int fd, int first, int count) {
        int n = Sockets.receiveMany(fd, messages, first, count);
        for (int slot = first; slot < first + n; slot++) {
            int length = messages.get(JAVA_INT, message(slot) + Sockets.MSG_LEN) - VirtioHeader.LENGTH;
            frames.length(slot, Math.max(0, length));
        }
        return n;
    }

    /// Whether the frame was longer than its slot and lost its end.
    boolean isCut(int slot) {
        return (messages.get(JAVA_INT, message(slot) + Sockets.MSG_FLAGS) & Sockets.MSG_TRUNC) != 0;
    }

    private void set(MemorySegment parts, long at, long offset, int length) {
        parts.set(JAVA_LONG, at, frames.memory().address() + offset);
        parts.set(JAVA_LONG, at + Long.BYTES, length);
    }

    private static long message(int slot) {
        return (long) slot * Sockets.MMSGHDR_LENGTH;
    }
}
