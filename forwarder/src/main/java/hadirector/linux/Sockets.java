package hadirector.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/// Sockets of the families that Java has no classes for. Calls of set-up throw [ErrnoException]; [#receiveMany],
/// [#sendMany], [#send] and [#receive] return a number or the negated errno, and the first two allocate nothing.
public final class Sockets {
    public static final int AF_UNIX = 1;
    public static final int AF_NETLINK = 16;
    public static final int AF_PACKET = 17;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOL_SOCKET = 1;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_PRIORITY = 12;
    public static final int SO_ATTACH_FILTER = 26;
    public static final int SO_SNDBUFFORCE = 32;
    public static final int SO_MARK = 36;
    public static final int SO_RCVBUFFORCE = 33;
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_DONTWAIT = 0x40;

    /// `struct mmsghdr`: a `msghdr` (56 bytes) and the length that was received or sent.
    public static final int MMSGHDR_LENGTH = 64;

    public static final long MSG_IOV = 16;
    public static final long MSG_IOVLEN = 24;
    public static final long MSG_FLAGS = 48;
    public static final long MSG_LEN = 56;

    /// `struct iovec`: address and length, 8 bytes each.
    public static final int IOVEC_LENGTH = 16;

    static final int POLLFD_LENGTH = 8;

    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;

    private static final MethodHandle SOCKET =
            Native.function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle BIND =
            Native.function("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SETSOCKOPT =
            Native.function(
                    "setsockopt",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle GETSOCKOPT =
            Native.function(
                    "getsockopt",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final FunctionDescriptor POLL_TYPE =
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final FunctionDescriptor RECVMMSG_TYPE =
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final FunctionDescriptor SENDMMSG_TYPE =
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle POLL = Native.withoutErrno("poll", POLL_TYPE);
    private static final MethodHandle RECVMMSG = Native.withoutErrno("recvmmsg", RECVMMSG_TYPE);
    private static final MethodHandle RECVMMSG_ERRNO = Native.function("recvmmsg", RECVMMSG_TYPE);
    private static final MethodHandle SENDMMSG = Native.withoutErrno("sendmmsg", SENDMMSG_TYPE);
    private static final MethodHandle SENDMMSG_ERRNO = Native.function("sendmmsg", SENDMMSG_TYPE);
    private static final MethodHandle SEND =
            Native.function("send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle RECV =
            Native.function("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    private Sockets() {}

    /// A socket that never blocks and is closed on exec.
    public static int open(int family, int type, int protocol) {
        var state = Native.state();
        int fd;
        try {
            fd = (int) SOCKET.invokeExact(state, family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
        return Native.check(fd, state, "socket(" + familyName(family) + ")");
    }

    /// @param address a `sockaddr` of the socket's family, native memory
    public static void bind(int fd, MemorySegment address) {
        var state = Native.state();
        int result;
        try {
            result = (int) BIND.invokeExact(state, fd, address, (int) address.byteSize());
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
        Native.check(result, state, "bind");
    }

    public static void setOption(int fd, int level, int option, int value) {
        try (var arena = Arena.ofConfined()) {
            setOption(fd, level, option, arena.allocateFrom(JAVA_INT, value));
        }
    }

    public static void setOption(int fd, int level, int option, MemorySegment value) {
        var state = Native.state();
        int result;
        try {
            result = (int) SETSOCKOPT.invokeExact(state, fd, level, option, value, (int) value.byteSize());
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
        Native.check(result, state, "setsockopt(" + level + ", " + option + ")");
    }

    public static int option(int fd, int level, int option) {
        try (var arena = Arena.ofConfined()) {
            var value = arena.allocate(JAVA_INT);
            option(fd, level, option, value);
            return value.get(JAVA_INT, 0);
        }
    }

    /// Fills `value`, as far as the option goes.
    public static void option(int fd, int level, int option, MemorySegment value) {
        var state = Native.state();
        try (var arena = Arena.ofConfined()) {
            var length = arena.allocateFrom(JAVA_INT, (int) value.byteSize());
            int result = (int) GETSOCKOPT.invokeExact(state, fd, level, option, value, length);
            Native.check(result, state, "getsockopt(" + level + ", " + option + ")");
        } catch (ErrnoException e) {
            throw e;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /// Asks for buffers of `bytes` beyond the machine's limit (needs CAP_NET_ADMIN), else up to the limit.
    public static void bufferSizes(int fd, int receiveBytes, int sendBytes) {
        buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, receiveBytes);
        buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, sendBytes);
    }

    private static void buffer(int fd, int force, int polite, int bytes) {
        try {
            setOption(fd, SOL_SOCKET, force, bytes);
        } catch (ErrnoException _) {
            setOption(fd, SOL_SOCKET, polite, bytes);
        }
    }

    /// poll(2) over `count` structs `pollfd`; how many are ready, negative if it was interrupted.
    static int poll(MemorySegment descriptors, int count, int timeoutMillis) {
        long at = address(descriptors, 0, count, POLLFD_LENGTH);
        try {
            return (int) POLL.invokeExact(at, (long) count, timeoutMillis);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /// recvmmsg(2) into `count` structs `mmsghdr` from `first` on, without waiting; how many were filled, or the negated
    /// errno. A call that fails is made again to learn why, so of an error that is reported only once the number is that of the
    /// second try, mostly EAGAIN.
    public static int receiveMany(int fd, MemorySegment messages, int first, int count) {
        long at = address(messages, first, count, MMSGHDR_LENGTH);
        try {
            int n = (int) RECVMMSG.invokeExact(fd, at, count, MSG_DONTWAIT, 0L);
            return n >= 0 ? n : receiveAgain(fd, at, count);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    private static int receiveAgain(int fd, long at, int count) throws Throwable {
        var state = Native.state();
        return Native.orErrno((int) RECVMMSG_ERRNO.invokeExact(state, fd, at, count, MSG_DONTWAIT, 0L), state);
    }

    /// sendmmsg(2) of `count` structs `mmsghdr` from `first` on, without waiting; how many were taken, or the negated errno
    /// of the first. A call that fails is made again to learn why.
    public static int sendMany(int fd, MemorySegment messages, int first, int count) {
        long at = address(messages, first, count, MMSGHDR_LENGTH);
        try {
            int n = (int) SENDMMSG.invokeExact(fd, at, count, MSG_DONTWAIT);
            return n >= 0 ? n : sendAgain(fd, at, count);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    private static int sendAgain(int fd, long at, int count) throws Throwable {
        var state = Native.state();
        return Native.orErrno((int) SENDMMSG_ERRNO.invokeExact(state, fd, at, count, MSG_DONTWAIT), state);
    }

    /// Of `count` structs from `first` on, as a number: a slice would be garbage for each call.
    private static long address(MemorySegment structs, int first, int count, int length) {
        long at = (long) first * length;
        return structs.address() + Objects.checkFromIndexSize(at, (long) count * length, structs.byteSize());
    }

    /// send(2) without waiting; the number of bytes, or the negated errno.
    public static int send(int fd, MemorySegment message) {
        var state = Native.state();
        try {
            long n = (long) SEND.invokeExact(state, fd, message, message.byteSize(), MSG_DONTWAIT);
            return Native.orErrno((int) n, state);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /// recv(2) without waiting; the message's own length even where it did not fit (MSG_TRUNC), or the negated errno.
    public static int receive(int fd, MemorySegment buffer) {
        var state = Native.state();
        try {
            long n = (long) RECV.invokeExact(state, fd, buffer, buffer.byteSize(), MSG_DONTWAIT | MSG_TRUNC);
            return Native.orErrno((int) n, state);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    private static String familyName(int family) {
        return switch (family) {
            case AF_UNIX -> "AF_UNIX";
            case AF_NETLINK -> "AF_NETLINK";
            case AF_PACKET -> "AF_PACKET";
            default -> "family " + family;
        };
    }
}
