package hadirector.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// File descriptors as such: open(2), close(2), eventfd(2). All are opened close-on-exec.
public final class Descriptors {
    private static final int O_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    private static final MethodHandle OPEN =
            Native.variadic("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOSE = Native.function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle EVENTFD =
            Native.function("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle READ =
            Native.function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle WRITE =
            Native.function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private static final int LOCK_EX_NB = 2 | 4;
    private static final MethodHandle FLOCK =
            Native.function("flock", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private Descriptors() {}

    /// Opens a file for reading.
    public static int open(Path path) {
        try (var arena = Arena.ofConfined()) {
            var state = Native.state();
            int fd = (int) OPEN.invokeExact(state, arena.allocateFrom(path.toString()), O_CLOEXEC, 0);
            return Native.check(fd, state, "open(" + path + ")");
        } catch (ErrnoException e) {
            throw e;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /// Takes the lock of an open file or directory (flock(2)) for as long as the descriptor is open: the kernel closes those of a process when none of its
    /// threads runs any more.
    ///
    /// @return false if another has it
    public static boolean lock(int fd) {
        try {
            var state = Native.state();
            int result = Native.orErrno((int) FLOCK.invokeExact(state, fd, LOCK_EX_NB), state);
            if (result < 0 && result != -Errno.EAGAIN) {
                throw new ErrnoException("flock", -result);
            }
            return result == 0;
        } catch (ErrnoException e) {
            throw e;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /// Never fails: an error of close(2) leaves the descriptor closed all the same.
    public static void close(int fd) {
        if (LowDescriptors.close(fd)) {
            return;
        }
        try {
            int _ = (int) CLOSE.invokeExact(Native.state(), fd);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /// A counter that poll(2) can wait for, not blocking.
    public static int eventfd() {
        var state = Native.state();
        int fd;
        try {
            fd = (int) EVENTFD.invokeExact(state, 0, EFD_NONBLOCK | EFD_CLOEXEC);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
        return Native.check(fd, state, "eventfd");
    }

    /// read(2); the number of bytes, or the negated errno. Allocates nothing.
    public static int read(int fd, MemorySegment to) {
        var state = Native.state();
        try {
            long n = (long) READ.invokeExact(state, fd, to, to.byteSize());
            return Native.orErrno((int) n, state);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /// write(2); the number of bytes, or the negated errno. Allocates nothing.
    public static int write(int fd, MemorySegment from) {
        var state = Native.state();
        try {
            long n = (long) WRITE.invokeExact(state, fd, from, from.byteSize());
            return Native.orErrno((int) n, state);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }
}
