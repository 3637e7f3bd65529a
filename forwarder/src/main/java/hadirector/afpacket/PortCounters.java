package hadirector.afpacket;

import hadirector.linux.Errno;

/// What a port has done since it was opened, in frames. Read and written by its owner thread.
public final class PortCounters {
    long received;
    long cut;
    long lost;
    long unreadable;
    long sent;
    long droppedFull;
    long droppedTooLong;
    long droppedDown;
    long droppedOther;
    long withheld;

    PortCounters() {}

    public long received() {
        return received;
    }

    /// Received frames longer than 64 KiB, which have lost their end and are shown with length 0.
    public long cut() {
        return cut;
    }

    /// Reads of a ready socket that gave nothing: interface down, a kind of super-frame that has no virtio header.
    public long unreadable() {
        return unreadable;
    }

    public long sent() {
        return sent;
    }

    /// Not sent: socket buffer or queue of the interface full.
    public long droppedFull() {
        return droppedFull;
    }

    /// Not sent: longer than the interface's MTU.
    public long droppedTooLong() {
        return droppedTooLong;
    }

    /// Not sent: interface down or gone.
    public long droppedDown() {
        return droppedDown;
    }

    /// Not sent for another reason, such as headers that contradict each other.
    public long droppedOther() {
        return droppedOther;
    }

    /// Not sent because the gate was shut.
    public long withheld() {
        return withheld;
    }

    /// All that was to be sent and that the interface did not take.
    public long dropped() {
        return droppedFull + droppedTooLong + droppedDown + droppedOther;
    }

    void dropped(int errno, int frames) {
        switch (errno) {
            case Errno.EAGAIN, Errno.ENOBUFS -> droppedFull += frames;
            case Errno.EMSGSIZE -> droppedTooLong += frames;
            case Errno.ENETDOWN, Errno.ENXIO, Errno.ENODEV -> droppedDown += frames;
            default -> droppedOther += frames;
        }
    }
}
