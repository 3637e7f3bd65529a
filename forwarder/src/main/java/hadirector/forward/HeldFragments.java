package hadirector.forward;

import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;

/// Copies of fragments that came before the first one of their datagram, in a fixed number of rooms.
final class HeldFragments {
    private final Chains rooms;
    private final Chains ofDatagram;
    private final Chains waiting;
    private final int[] lengths;
    private final MemorySegment memory;

    HeldFragments(int datagrams, int held) {
        rooms = Chains.full(held);
        ofDatagram = new Chains(datagrams, held);
        waiting = new Chains(1, datagrams);
        lengths = new int[held];
        memory = MemorySegment.ofArray(new byte[held * FragmentCache.HELD_LENGTH_MAX]);
    }

    boolean isFull() {
        return rooms.first(0) == Chains.NONE;
    }

    /// The datagram that has waited longest, or `NONE`.
    int oldest() {
        return waiting.first(0);
    }

    boolean has(int datagram) {
        return ofDatagram.first(datagram) != Chains.NONE;
    }

    /// Copies the frame, without padding, into a room; there must be one.
    void add(int datagram, MemorySegment frame, ParsedFrame parsed) {
        if (!has(datagram)) {
            waiting.append(0, datagram);
        }
        int room = rooms.poll(0);
        lengths[room] = parsed.frameLength();
        MemorySegment.copy(frame, parsed.start(), memory, at(room), lengths[room]);
        ofDatagram.append(datagram, room);
    }

    int first(int datagram) {
        return ofDatagram.first(datagram);
    }

    /// Frees the room of the datagram's first held fragment, if it has one.
    ///
    /// @return whether it had
    boolean release(int datagram) {
        int room = ofDatagram.poll(datagram);
        if (room == Chains.NONE) {
            return false;
        }
        rooms.append(0, room);
        if (!has(datagram)) {
            waiting.remove(0, datagram);
        }
        return true;
    }

    MemorySegment memory() {
        return memory;
    }

    long at(int room) {
        return (long) room * FragmentCache.HELD_LENGTH_MAX;
    }

    int length(int room) {
        return lengths[room];
    }
}
