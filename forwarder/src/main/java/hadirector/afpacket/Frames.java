package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// The frames of one port, off heap: slots 0 to 63 for a received batch, 64 to 127 for frames that the engine makes. A
/// small received frame stays where the kernel put it, in the [PacketRing]; others lie in their slot's own room.
///
/// ```
///   |  received: 64 x (130 headroom, 64 KiB + Ethernet)  |  made: 64 x (130 headroom, 10,110)  |  packet ring  |
/// ```
///
/// The headroom puts IP headers on 16-byte boundaries and leaves place for an outer header. Its last 10 bytes are the frame's
/// virtio header, so that both go to the kernel as one piece.
final class Frames {
    static final int RECEIVED = 64;
    static final int MADE = 64;
    static final int HEADROOM = 130;
    static final int RECEIVED_LENGTH_MAX = 66 * 1024 - HEADROOM;
    static final int MADE_LENGTH_MAX = 10 * 1024 - HEADROOM;

    private static final int RECEIVED_STRIDE = 66 * 1024;
    private static final int MADE_STRIDE = 10 * 1024;
    private static final long MADE_AT = (long) RECEIVED * RECEIVED_STRIDE;

    /// Bytes without the ring; whole pages.
    static final long LENGTH = MADE_AT + (long) MADE * MADE_STRIDE;
    private static final int ELSEWHERE = -1;
    private static final int TCP_DATA_OFFSET = 12;
    private static final int UDP_HEADER = 8;
    private static final int TRANSPORT_HEADER_MIN = TCP_DATA_OFFSET + 1;

    private final MemorySegment memory;
    private final long[] places = new long[RECEIVED + MADE];
    private final int[] lengths = new int[RECEIVED + MADE];

    /// @param memory of [#LENGTH] bytes or more, at the start of a page
    Frames(MemorySegment memory) {
        this.memory = memory;
        for (int slot = 0; slot < places.length; slot++) {
            places[slot] = room(slot);
        }
    }

    MemorySegment memory() {
        return memory;
    }

    /// Where the slot's own room for a frame is.
    static long room(int slot) {
        return slot < RECEIVED
                ? (long) slot * RECEIVED_STRIDE + HEADROOM
                : MADE_AT + (long) (slot - RECEIVED) * MADE_STRIDE + HEADROOM;
    }

    long at(int slot) {
        return places[slot];
    }

    long headerAt(int slot) {
        return places[slot] - VirtioHeader.LENGTH;
    }

    void place(int slot, long at, int length) {
        places[slot] = at;
        lengths[slot] = length;
    }

    /// The slot's frame is still to be fetched into its room.
    void placeElsewhere(int slot) {
        place(slot, room(slot), ELSEWHERE);
    }

    boolean isElsewhere(int slot) {
        return lengths[slot] == ELSEWHERE;
    }

    int length(int slot) {
        return lengths[slot];
    }

    void length(int slot, int length) {
        lengths[slot] = length;
    }

    /// Makes `bytes` in front of the frame part of it; the frame has no offloads then.
    void prepend(int slot, int bytes) {
        place(slot, places[slot] - bytes, lengths[slot] + bytes);
        clearHeader(slot);
    }

    /// Payload of each packet of the wire that a super-frame of TCP or UDP datagrams stands for; 0 for any other frame.
    int segmentSize(int slot) {
        return switch (VirtioHeader.gsoType(memory, headerAt(slot)) & ~VirtioHeader.GSO_ECN) {
            case VirtioHeader.GSO_TCP4, VirtioHeader.GSO_TCP6, VirtioHeader.GSO_UDP_L4 ->
                VirtioHeader.gsoSize(memory, headerAt(slot));
            default -> 0;
        };
    }

    void clearHeader(int slot) {
        memory.set(JAVA_LONG_UNALIGNED, headerAt(slot), 0);
        memory.set(JAVA_SHORT_UNALIGNED, headerAt(slot) + Long.BYTES, (short) 0);
    }

    boolean isSuperFrame(int slot) {
        return VirtioHeader.gsoType(memory, headerAt(slot)) != VirtioHeader.GSO_NONE;
    }

    /// Length of all headers of a super-frame, 0 if they do not fit into it.
    int headersLength(int slot) {
        int start = VirtioHeader.checksumStart(memory, headerAt(slot));
        if (start + TRANSPORT_HEADER_MIN > lengths[slot]) {
            return 0;
        }
        int end = start + transportHeaderLength(slot, start);
        return end <= lengths[slot] ? end : 0;
    }

    /// How many packets go over the wire for this frame (RFC-sized ones: one).
    int wirePackets(int slot) {
        int gsoSize = VirtioHeader.gsoSize(memory, headerAt(slot));
        if (gsoSize == 0 || !isSuperFrame(slot)) {
            return 1;
        }
        return Math.max(1, Math.ceilDiv(lengths[slot] - headersLength(slot), gsoSize));
    }

    private int transportHeaderLength(int slot, int start) {
        return switch (VirtioHeader.gsoType(memory, headerAt(slot)) & ~VirtioHeader.GSO_ECN) {
            case VirtioHeader.GSO_TCP4, VirtioHeader.GSO_TCP6 ->
                (memory.get(JAVA_BYTE, at(slot) + start + TCP_DATA_OFFSET) & 0xf0) >> 2;
            default -> UDP_HEADER;
        };
    }
}
