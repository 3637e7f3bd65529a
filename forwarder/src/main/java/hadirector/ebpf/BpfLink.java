package hadirector.ebpf;

import hadirector.linux.Descriptors;

/// A program's attachment to a hook; closing it, or the end of the process, detaches.
public final class BpfLink implements AutoCloseable {
    private final int fd;
    private boolean closed;

    BpfLink(int fd) {
        this.fd = fd;
    }

    public int fd() {
        return fd;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
        }
    }
}
