package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The `mmsghdr`s by which the kernel fills the rooms of the received slots of [Frames]; written once, used for each batch.
final class ReceiveRing {
    private final Frames frames;
    private final MemorySegment messages;

    ReceiveRing(Arena arena, Frames frames) {
        this.frames = frames;
        messages = arena.allocate((long) Frames.RECEIVED * Sockets.MMSGHDR_LENGTH, Long.BYTES);
        var parts = arena.allocate((long) Frames.RECEIVED * Sockets.IOVEC_LENGTH, Long.BYTES);
        for (int slot = 0; slot < Frames.RECEIVED; slot++) {
            long part = (long) slot * Sockets.IOVEC_LENGTH;
            parts.set(JAVA_LONG, part, frames.memory().address() + Frames.room(slot) - VirtioHeader.LENGTH);
            parts.set(JAVA_LONG, part + Long.BYTES, VirtioHeader.LENGTH + Frames.RECEIVED_LENGTH_MAX);
            messages.set(JAVA_LONG, message(slot) + Sockets.MSG_IOV, parts.address() + part);
            messages.set(JAVA_LONG, message(slot) + Sockets.MSG_IOVLEN, 1);
        }
    }

    /// Fills slots from `first` on, at most `count`; how many, or the negated errno.
    int fill(int fd, int first, int count) {
        int n = Sockets.receiveMany(fd, messages, first, count);
        for (int slot = first; slot < first + n; slot++) {
            int length = messages.get(JAVA_INT, message(slot) + Sockets.MSG_LEN) - VirtioHeader.LENGTH;
            frames.place(slot, Frames.room(slot), Math.max(0, length));
        }
        return n;
    }

    /// Whether the frame was longer than its slot and lost its end.
    boolean isCut(int slot) {
        return (messages.get(JAVA_INT, message(slot) + Sockets.MSG_FLAGS) & Sockets.MSG_TRUNC) != 0;
    }

    private static long message(int slot) {
        return (long) slot * Sockets.MMSGHDR_LENGTH;
    }
}
