package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hadirector.linux.Bpf;
import hadirector.linux.Descriptors;
import hadirector.linux.ErrnoException;
import hadirector.linux.LowDescriptors;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/// A program's attachment to a hook; closing it, or the end of the process, detaches, unless it is pinned. Of a killed process it goes last: until then
/// the program carries the connections that it knows, as long as the lease allows.
public final class BpfLink implements AutoCloseable {
    private final int fd;
    private boolean closed;

    BpfLink(int fd) {
        this.fd = LowDescriptors.last(fd);
    }

    /// One that is pinned.
    ///
    /// @throws ErrnoException if nothing is pinned there that may be opened
    public static BpfLink pinnedAt(Path at) {
        return new BpfLink(Pin.open(at));
    }

    /// It stays until that file is removed.
    ///
    /// @throws ErrnoException if the BPF file system does not take it
    public void pin(Path at) {
        Pin.make(fd, at);
    }

    /// Puts a program of the same type in the place of the one that is attached: each packet meets one of them.
    ///
    /// @throws ErrnoException ENOLINK if the interface has gone, EINVAL if this is no link or one of another hook
    public void update(BpfProgram program) {
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Attr.UPDATE_LENGTH, Long.BYTES);
            attributes.set(JAVA_INT, Attr.UPDATE_LINK_FD, fd);
            attributes.set(JAVA_INT, Attr.UPDATE_PROG_FD, program.fd());
            int result = Bpf.call(Attr.LINK_UPDATE, attributes);
            if (result < 0) {
                throw new ErrnoException("update BPF link to " + program.name(), -result);
            }
        }
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
