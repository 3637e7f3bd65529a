package hadirector.ebpf;

import hadirector.linux.Descriptors;
import hadirector.linux.LowDescriptors;

/// A program's attachment to a hook; closing it, or the end of the process, detaches. Of a killed process it goes last: until then
/// the program carries the connections that it knows, as long as the lease allows.
public final class BpfLink implements AutoCloseable {
    private final int fd;
    private boolean closed;

    BpfLink(int fd) {
        this.fd = LowDescriptors.last(fd);
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
