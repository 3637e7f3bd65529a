package hadirector.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hadirector.linux.Descriptors;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import hadirector.linux.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A socket of NETLINK_ROUTE that does not block.
final class NetlinkSocket implements AutoCloseable {
    private static final int SOCKADDR_NL_LENGTH = 12;
    private static final int BUFFER_LENGTH = 256 << 10;
    private static final int RECEIVE_BUFFER = 4 << 20;

    /// The kernel lost messages for us, or a message was longer than our buffer: what we know may be out of date.
    static final class OverrunException extends Exception {
        private static final long serialVersionUID = 1;
    }

    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER_LENGTH, Long.BYTES);
    private final int fd = Sockets.open(Sockets.AF_NETLINK, Sockets.SOCK_RAW, 0);
    private boolean closed;

    /// @param groups bits of RTMGRP_*, 0 for requests only
    NetlinkSocket(int groups) {
        try (var temporary = Arena.ofConfined()) {
            var address = temporary.allocate(SOCKADDR_NL_LENGTH, Integer.BYTES);
            address.set(JAVA_SHORT, 0, (short) Sockets.AF_NETLINK);
            address.set(JAVA_INT, 8, groups);
            Sockets.bind(fd, address);
            Sockets.bufferSizes(fd, RECEIVE_BUFFER, BUFFER_LENGTH);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    int fd() {
        return fd;
    }

    void send(MemorySegment message) {
        int result = Sockets.send(fd, message);
        if (result < 0) {
            throw new ErrnoException("send to rtnetlink", -result);
        }
    }

    /// The messages of the next datagram, empty if there is none; they are valid until the next call.
    List<Message> receive() throws OverrunException {
        int length = Sockets.receive(fd, buffer);
        if (length == -Errno.EAGAIN || length == -Errno.EINTR) {
            return List.of();
        }
        if (length == -Errno.ENOBUFS || length > BUFFER_LENGTH) {
            throw new OverrunException();
        }
        if (length < 0) {
            throw new ErrnoException("receive from rtnetlink", -length);
        }
        return Message.in(buffer.asSlice(0, length));
    }

    /// Forgets what waits to be received.
    void discard() {
        int length;
        do {
            length = Sockets.receive(fd, buffer);
        } while (length >= 0 || length == -Errno.ENOBUFS);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
            arena.close();
        }
    }
}
