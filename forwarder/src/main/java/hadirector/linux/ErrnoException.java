package hadirector.linux;

/// A system call failed. The message is `what: ENAME, meaning`.
public final class ErrnoException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int errno;

    /// @param what the call and its object, as `bind(AF_PACKET, eth0)`
    /// @param errno positive, see [Errno]
    public ErrnoException(String what, int errno) {
        super(what + ": " + Errno.text(errno));
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }
}
