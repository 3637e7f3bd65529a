package hadirector.afpacket;

import hadirector.linux.Errno;
import hadirector.linux.MappedMemory;
import hadirector.linux.Outlet;
import hadirector.linux.Poller;
import hadirector.packet.BeaconView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One interface as the engine's owner thread sees it: batches of frames in, batches out, nothing copied and nothing
/// allocated per frame. Every method is for that one thread.
///
/// A frame is named by the port that holds it and a slot. [#receive] fills slots 0 to n-1; the engine rewrites the frame in
/// place and queues it on any port by [#send]; [#flush] of that port sends. **All ports must be flushed before the port
/// that holds queued frames receives again**, as that reuses the slots:
///
/// ```java
/// poller.await(timeout);
/// for (PacketPort in : ports) {
///     int n = in.receive();
///     for (int slot = 0; slot < n; slot++) {
///         out = decideAndRewrite(in.memory(), in.frame(slot), in.length(slot), in.needsChecksum(slot));
///         out.send(in, slot);
///     }
///     for (PacketPort out : ports) out.flush();
/// }
/// ```
public final class PacketPort implements AutoCloseable {
    /// Most frames that [#receive] returns.
    public static final int BATCH = Frames.RECEIVED;

    /// Most bytes of a frame that [#make] gives room for.
    public static final int MADE_LENGTH_MAX = Frames.MADE_LENGTH_MAX;

    /// Bytes before each frame that may be used for an outer header; the last 10 are the virtio header, which stays right before the
    /// frame.
    public static final int HEADROOM = Frames.HEADROOM;

    /// How many descriptors a port adds to its poller.
    public static final int DESCRIPTORS = 5;

    private static final int NEIGHBOUR_BATCH = 16;
    private static final int MARK_TO_HOST = 2;

    /// A socket with a ring.
    private record Source(int fd, int pollSlot, PacketRing ring) {}

    private final String name;
    private final int ifindex;
    private final DescriptorStack sockets;
    private final int out;
    private final int toHost;
    private final int arp;
    private final int ndp;
    private final int beacons;
    private final int mark;
    private final Poller poller;
    private final int arpSlot;
    private final int ndpSlot;
    private final int beaconSlot;
    private final Arena arena = Arena.ofShared();
    private final PortCounters counters = new PortCounters();
    private final Frames frames;
    private final Source ipv4;
    private final Source ipv6;
    private final ReceiveRing rooms;
    private final TransmitQueue queue;
    private final TransmitQueue hostQueue;
    private int made;
    private boolean hearingAll;
    private boolean closed;

    /// Descriptors of its sockets.
    private record Opened(int v4, int v6, int arp, int ndp, int beacons, int out, int toHost) {}

    private PacketPort(
            String name, int ifindex, int mark, Poller poller, DescriptorStack sockets, Opened opened, BooleanSupplier gate) {
        this.name = name;
        this.mark = mark;
        this.ifindex = ifindex;
        this.poller = poller;
        this.sockets = sockets;
        frames = new Frames(MappedMemory.zeros(Frames.LENGTH + 2 * PacketRing.LENGTH, arena));
        rooms = new ReceiveRing(arena, frames);
        ipv4 = source(opened.v4, Frames.LENGTH);
        ipv6 = source(opened.v6, Frames.LENGTH + PacketRing.LENGTH);
        out = opened.out;
        toHost = opened.toHost;
        arp = opened.arp;
        ndp = opened.ndp;
        beacons = opened.beacons;
        arpSlot = poller.add(arp);
        ndpSlot = poller.add(ndp);
        beaconSlot = poller.add(beacons);
        queue = new TransmitQueue(arena, opened.out, counters, gate);
        hostQueue = new TransmitQueue(arena, opened.toHost, counters, gate);
    }

    private Source source(int fd, long at) {
        MappedMemory.mapInto(frames.memory().asSlice(at, PacketRing.LENGTH), fd);
        return new Source(fd, poller.add(fd), new PacketRing(frames, at));
    }

    /// Opens the sockets and adds those that receive to the poller.
    ///
    /// @param mark of the frames to receive, as the BPF program sets it; of copies of what the host gets as well, `mark + 1`;
    ///     what [#sendToHost] sends carries `mark + 2` at the interface's egress
    /// @throws InterfaceBusyException if another engine of this network namespace has the interface
    /// @throws hadirector.linux.ErrnoException EPERM without CAP_NET_RAW, ENODEV without such an interface
    public static PacketPort open(String name, int ifindex, int mark, Poller poller) {
        return open(name, ifindex, mark, poller, () -> true);
    }

    /// The same for one who may have to be silent.
    ///
    /// @param gate asked right before frames are handed to the kernel: if it says no they are dropped, and counted as withheld
    public static PacketPort open(String name, int ifindex, int mark, Poller poller, BooleanSupplier gate) {
        var opened = new DescriptorStack();
        try {
            int _ = opened.push(PacketSockets.lock(ifindex, name));
            int v4 = opened.push(PacketSockets.receivingIpv4(ifindex, mark));
            int v6 = opened.push(PacketSockets.receivingIpv6(ifindex, mark));
            int arp = opened.push(PacketSockets.receivingArp(ifindex, mark));
            int ndp = opened.push(PacketSockets.receivingNdp(ifindex, mark));
            int beacons = opened.push(PacketSockets.receivingOther(ifindex, BeaconView.TYPE));
            int out = opened.push(PacketSockets.sending(ifindex, 0));
            int toHost = opened.push(PacketSockets.sending(ifindex, mark + MARK_TO_HOST));
            return new PacketPort(
                    name, ifindex, mark, poller, opened, new Opened(v4, v6, arp, ndp, beacons, out, toHost), gate);
        } catch (RuntimeException e) {
            opened.closeAll();
            throw e;
        }
    }

    /// From now on what is sent goes through it, so that the kernel asks too; null for straight to the interface, as at first.
    ///
    /// @throws hadirector.linux.ErrnoException ENODEV if one of them is gone
    public void sendThrough(@Nullable Outlet outlet) {
        if (outlet == null) {
            PacketSockets.sendBy(out, ifindex, 0, 0);
            PacketSockets.sendBy(toHost, ifindex, mark + MARK_TO_HOST, 0);
        } else {
            PacketSockets.sendBy(out, outlet.ifindex(), outlet.mark(), ifindex);
            PacketSockets.sendBy(toHost, outlet.ifindex(), outlet.hostMark(), ifindex);
        }
    }

    public String name() {
        return name;
    }

    public int ifindex() {
        return ifindex;
    }

    public PortCounters counters() {
        return counters;
    }

    /// Frames for this port that found no room, in the ring or in the queue, since it was opened.
    public long lost() {
        for (int fd : new int[] {ipv4.fd, ipv6.fd, arp, ndp, beacons}) {
            counters.lost += PacketSockets.takeLost(fd);
        }
        return counters.lost;
    }

    /// Also takes, or takes no more, the ARP and neighbour discovery of the host and of others, which the host gets all the same.
    public void hearAllNeighbours(boolean all) {
        if (all != hearingAll && !closed) {
            hearingAll = all;
            PacketSockets.filterNeighbours(arp, ndp, mark, all);
        }
    }

    /// Fetches what the last [Poller#await] found: ARP, neighbour discovery and beacons first, so that a flood of packets cannot starve them; then
    /// IPv4 and IPv6, neither of which can starve the other.
    ///
    /// @return how many frames, in slots 0 to n-1; one of length 0 was too long and is counted
    public int receive() {
        int n = poller.isReady(arpSlot) ? fill(arp, 0, NEIGHBOUR_BATCH) : 0;
        n += poller.isReady(ndpSlot) ? fill(ndp, n, NEIGHBOUR_BATCH) : 0;
        n += poller.isReady(beaconSlot) ? fill(beacons, n, NEIGHBOUR_BATCH) : 0;
        boolean both = poller.isReady(ipv4.pollSlot) && poller.isReady(ipv6.pollSlot);
        n += take(ipv4, n, both ? (BATCH - n) / 2 : BATCH - n);
        n += take(ipv6, n, BATCH - n);
        counters.received += n;
        return n;
    }

    /// Where all frames of this port lie; [#frame] gives offsets into it.
    public MemorySegment memory() {
        return frames.memory();
    }

    /// Offset of the frame's first byte, the destination MAC.
    public long frame(int slot) {
        return frames.at(slot);
    }

    /// Bytes of the frame without a checksum sequence; up to 64 KiB for a super-frame.
    public int length(int slot) {
        return frames.length(slot);
    }

    /// Changes the length of a frame before it is sent: of one that was made, or to cut off padding.
    public void length(int slot, int length) {
        if (length < 0 || length > (slot < BATCH ? Frames.RECEIVED_LENGTH_MAX : MADE_LENGTH_MAX)) {
            throw new IllegalArgumentException("a frame of " + length + " bytes");
        }
        frames.length(slot, length);
    }

    /// Whether the transport checksum holds only the pseudo-header's sum (CHECKSUM_PARTIAL); the rest is added when it is sent.
    /// NAT then changes it by `HC' = HC + addresses' difference`, without complement, and not for ports.
    public boolean needsChecksum(int slot) {
        return VirtioHeader.needsChecksum(frames.memory(), frames.headerAt(slot));
    }

    /// Offset within the frame of the transport header, if [#needsChecksum].
    public int checksumStart(int slot) {
        return VirtioHeader.checksumStart(frames.memory(), frames.headerAt(slot));
    }

    /// Offset within the transport header of its checksum, if [#needsChecksum].
    public int checksumOffset(int slot) {
        return VirtioHeader.checksumOffset(frames.memory(), frames.headerAt(slot));
    }

    /// Whether the frame stands for several packets of the wire (TCP or UDP GRO/GSO).
    public boolean isSuperFrame(int slot) {
        return frames.isSuperFrame(slot);
    }

    /// Payload of each packet of the wire that a super-frame of TCP or UDP datagrams stands for; 0 for any other frame.
    public int segmentSize(int slot) {
        return frames.segmentSize(slot);
    }

    /// How many packets of the wire this frame stands for.
    public int wirePackets(int slot) {
        return frames.wirePackets(slot);
    }

    /// Drops the offloads due on a frame: for one that the engine has turned into something else in place, with a full checksum.
    public void clearOffloads(int slot) {
        frames.clearHeader(slot);
    }

    /// Makes `bytes` that were written in front of a frame, in its headroom, part of it: an outer header. [#frame] and [#length] change, and
    /// the offloads due are dropped.
    ///
    /// @param bytes up to [#HEADROOM] less the 10 of the virtio header, once
    public void prepend(int slot, int bytes) {
        frames.prepend(slot, bytes);
    }

    /// A slot for a frame of the engine's own, to be filled at [#frame], given its [#length(int, int)] and sent **on this
    /// port**; -1 if 64 of them wait for [#flush].
    public int make() {
        if (made == Frames.MADE) {
            return -1;
        }
        int slot = Frames.RECEIVED + made++;
        frames.place(slot, Frames.room(slot), 0);
        frames.clearHeader(slot);
        return slot;
    }

    /// The longest frame that has room in a slot of [#make].
    public int madeLengthMax() {
        return Frames.MADE_LENGTH_MAX;
    }

    /// Queues a frame that `holder` holds to go out here with the offloads that it came with. It must not change
    /// until [#flush].
    public void send(PacketPort holder, int slot) {
        send(queue, holder, slot);
    }

    /// The same, but what goes out carries the mark by which a program at the interface's egress gives it to the host's own stack, as if it
    /// had come in here.
    public void sendToHost(PacketPort holder, int slot) {
        send(hostQueue, holder, slot);
    }

    private static void send(TransmitQueue queue, PacketPort holder, int slot) {
        if (queue.isFull()) {
            queue.flush();
        }
        var held = holder.frames;
        int headers = held.isSuperFrame(slot) ? held.headersLength(slot) : 0;
        VirtioHeader.prepareToSend(held.memory(), held.headerAt(slot), headers);
        queue.add(held.memory().address() + held.headerAt(slot), VirtioHeader.LENGTH + held.length(slot));
    }

    /// Queues a frame whose beginning was made in a slot of this port, and whose rest is a piece of what `holder` holds. That must not
    /// change until [#flush].
    ///
    /// @param restAt offset in the holder's [#memory]
    public void send(int slot, PacketPort holder, long restAt, int restLength) {
        if (queue.isFull()) {
            queue.flush();
        }
        queue.add(
                frames.memory().address() + frames.headerAt(slot),
                VirtioHeader.LENGTH + frames.length(slot),
                holder.frames.memory().address() + restAt,
                restLength);
    }

    /// Sends what is queued; what the interface does not take is dropped and counted.
    public void flush() {
        queue.flush();
        hostQueue.flush();
        made = 0;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        poller.remove(ipv4.pollSlot);
        poller.remove(ipv6.pollSlot);
        poller.remove(arpSlot);
        poller.remove(ndpSlot);
        poller.remove(beaconSlot);
        sockets.closeAll();
        arena.close();
    }

    private int take(Source source, int first, int count) {
        if (!poller.isReady(source.pollSlot)) {
            return 0;
        }
        if (poller.hasError(source.pollSlot)) {
            PacketSockets.clearError(source.fd);
        }
        int end = first + source.ring.take(first, count);
        int slot = first;
        while (slot < end) {
            int begin = slot;
            while (slot < end && frames.isElsewhere(slot)) {
                slot++;
            }
            if (slot > begin) {
                fetch(source.fd, begin, slot - begin);
            } else {
                counters.cut += frames.length(slot) == 0 ? 1 : 0;
                slot++;
            }
        }
        return end - first;
    }

    /// Gets frames that do not fit into the ring from the socket's queue.
    private void fetch(int fd, int first, int count) {
        int n = fill(fd, first, count);
        for (int slot = first + n; slot < first + count; slot++) {
            counters.unreadable++;
            frames.length(slot, 0);
        }
    }

    private int fill(int fd, int first, int count) {
        int n = rooms.fill(fd, first, count);
        if (n < 0) {
            counters.unreadable += n == -Errno.EAGAIN ? 0 : 1;
            return 0;
        }
        for (int slot = first; slot < first + n; slot++) {
            if (rooms.isCut(slot)) {
                counters.cut++;
                frames.length(slot, 0);
            }
        }
        return n;
    }
}
