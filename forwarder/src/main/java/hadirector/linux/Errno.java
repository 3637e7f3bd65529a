package hadirector.linux;

import java.util.HashMap;
import java.util.Map;

/// Error numbers of Linux (asm-generic/errno-base.h, errno.h; the same on every architecture that we run on).
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int ENXIO = 6;
    public static final int E2BIG = 7;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int ENOSYS = 38;
    public static final int EMSGSIZE = 90;
    public static final int ERANGE = 34;
    public static final int EOPNOTSUPP = 95;
    public static final int EADDRINUSE = 98;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ENOBUFS = 105;
    public static final int ETIMEDOUT = 110;
    public static final int EHOSTUNREACH = 113;

    private static final String TABLE =
            """
            1 EPERM operation not permitted
            2 ENOENT no such entry
            3 ESRCH no such process
            4 EINTR interrupted
            5 EIO input/output error
            6 ENXIO no such device or address
            7 E2BIG argument or map too big
            9 EBADF bad file descriptor
            11 EAGAIN resource temporarily unavailable
            12 ENOMEM out of memory
            13 EACCES permission denied
            14 EFAULT bad address
            16 EBUSY device or resource busy
            17 EEXIST exists already
            19 ENODEV no such device
            20 ENOTDIR not a directory
            22 EINVAL invalid argument
            23 ENFILE too many open files in the system
            24 EMFILE too many open files
            28 ENOSPC no space left
            32 EPIPE broken pipe
            34 ERANGE out of range
            38 ENOSYS system call not known to this kernel
            90 EMSGSIZE message too long
            92 ENOPROTOOPT socket option not available
            93 EPROTONOSUPPORT protocol not supported
            95 EOPNOTSUPP operation not supported
            97 EAFNOSUPPORT address family not supported
            98 EADDRINUSE address already in use
            99 EADDRNOTAVAIL address not available
            100 ENETDOWN network is down
            101 ENETUNREACH network is unreachable
            105 ENOBUFS no buffer space available
            110 ETIMEDOUT timed out
            111 ECONNREFUSED connection refused
            113 EHOSTUNREACH no route to host
            524 ENOTSUPP operation not supported
            """;

    private static final Map<Integer, String> TEXTS = texts();

    private Errno() {}

    /// Name and meaning, as `EPERM, operation not permitted`.
    public static String text(int errno) {
        return TEXTS.getOrDefault(errno, "errno " + errno);
    }

    private static Map<Integer, String> texts() {
        var texts = new HashMap<Integer, String>();
        TABLE.lines().map(line -> line.split(" ", 3)).forEach(w -> texts.put(Integer.valueOf(w[0]), w[1] + ", " + w[2]));
        return Map.copyOf(texts);
    }
}
