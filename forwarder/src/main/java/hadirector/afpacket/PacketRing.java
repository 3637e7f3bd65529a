package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hadirector.linux.MappedMemory;
import hadirector.linux.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// A ring of frames that the kernel shares with us (TPACKET_V2, Documentation/networking/packet_mmap.rst): small frames are
/// there without a system call, each with its virtio header right before it. Of a frame that does not fit, the ring holds
/// the beginning and the socket's queue the whole (PACKET_COPY_THRESH), in the same order.
///
/// ```
///   0      4     8         12   14            152            162
///   +------+-----+---------+----+----+-----...+--------------+--------------------+
///   |status| len |snap len | mac| net|        |virtio header | frame, up to 1,950 |   2,112 bytes
///   +------+-----+---------+----+----+-----...+--------------+--------------------+
/// ```
final class PacketRing {
    /// A multiple of the cache line, and no divisor of a page: frames whose headers share the low 12 address bits wait for
    /// each other's stores.
    static final int FRAME_ROOM = 2048 + 64;

    static final int FRAME_AT = 162;

    private static final int BLOCK = 32 * MappedMemory.PAGE;
    private static final int FRAMES_PER_BLOCK = BLOCK / FRAME_ROOM;
    private static final int BLOCKS = 66;

    /// Of all frames, those beyond a block's last are not there.
    static final int FRAMES = BLOCKS * FRAMES_PER_BLOCK;

    static final long LENGTH = (long) BLOCKS * BLOCK;

    /// Most large frames of one batch: what is received stays in the processor's cache until it is sent.
    private static final int LARGE_MAX = 8;

    private static final int SOL_PACKET = 263;
    private static final int PACKET_RX_RING = 5;
    private static final int PACKET_COPY_THRESH = 7;
    private static final int PACKET_VERSION = 10;
    private static final int PACKET_RESERVE = 12;
    private static final int TPACKET_V2 = 1;

    /// What moves a frame to [#FRAME_AT], so that its IP header is aligned and has room before it: from
    /// TPACKET_ALIGN(TPACKET2_HDRLEN + 16) + 10 - 14 in tpacket_rcv of net/packet/af_packet.c.
    private static final int RESERVE = FRAME_AT + 14 - 80 - VirtioHeader.LENGTH;

    private static final int KERNELS = 0;
    private static final int OURS = 1;
    private static final int QUEUED_WHOLE = 2;
    private static final long WIRE_LENGTH = 4;
    private static final long HELD_LENGTH = 8;
    private static final long MAC = 12;
    private static final VarHandle STATUS = JAVA_INT.varHandle();

    private final MemorySegment memory;
    private final long start;
    private final Frames frames;
    private int next;
    private int taken;

    /// @param start of the ring in the frames' memory
    PacketRing(Frames frames, long start) {
        this.frames = frames;
        this.memory = frames.memory();
        this.start = start;
    }

    /// Gives a socket its ring; before it is bound, after PACKET_VNET_HDR is set.
    static void configure(int fd) {
        Sockets.setOption(fd, SOL_PACKET, PACKET_VERSION, TPACKET_V2);
        Sockets.setOption(fd, SOL_PACKET, PACKET_RESERVE, RESERVE);
        Sockets.setOption(fd, SOL_PACKET, PACKET_COPY_THRESH, 1);
        try (var arena = Arena.ofConfined()) { // struct tpacket_req (linux/if_packet.h)
            Sockets.setOption(
                    fd, SOL_PACKET, PACKET_RX_RING, arena.allocateFrom(JAVA_INT, BLOCK, BLOCKS, FRAME_ROOM, FRAMES));
        }
    }

    /// Where frame `index` begins, from the ring's start.
    static long at(int index) {
        return (long) (index / FRAMES_PER_BLOCK) * BLOCK + (long) (index % FRAMES_PER_BLOCK) * FRAME_ROOM;
    }

    /// Places the next frames into slots from `first` on, at most `count`, and gives back those of the last call.
    /// [Frames#isElsewhere] holds for those that have to be fetched from the socket.
    int take(int first, int count) {
        release();
        int large = 0;
        while (taken < count && large < LARGE_MAX) {
            long at = start + at(next);
            int status = (int) STATUS.getAcquire(memory, at);
            if ((status & OURS) == 0) {
                break;
            }
            place(first + taken, at, status);
            large += frames.isElsewhere(first + taken) ? 1 : 0;
            taken++;
            next = after(next);
        }
        return taken;
    }

    private void place(int slot, long at, int status) {
        int held = memory.get(JAVA_INT, at + HELD_LENGTH);
        if (held == memory.get(JAVA_INT, at + WIRE_LENGTH)) {
            frames.place(slot, at + Short.toUnsignedInt(memory.get(JAVA_SHORT, at + MAC)), held);
        } else if ((status & QUEUED_WHOLE) != 0) {
            frames.placeElsewhere(slot);
        } else {
            frames.place(slot, at + FRAME_AT, 0);
        }
    }

    private void release() {
        int index = next - taken < 0 ? next - taken + FRAMES : next - taken;
        for (; taken > 0; taken--) {
            STATUS.setRelease(memory, start + at(index), KERNELS);
            index = after(index);
        }
    }

    private static int after(int index) {
        return index + 1 == FRAMES ? 0 : index + 1;
    }
}
