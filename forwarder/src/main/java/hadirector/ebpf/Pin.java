package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Bpf;
import hadirector.linux.ErrnoException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/// Names for maps and links in a BPF file system (BPF_OBJ_PIN): what has one outlives its process, until the name is removed as any file is. A name
/// holds no dot.
final class Pin {
    private Pin() {}

    /// @throws ErrnoException EEXIST, ENOENT, EACCES, ENOSPC; EPERM also if `at` is in no BPF file system
    static void make(int fd, Path at) {
        int _ = call(Attr.OBJ_PIN, fd, at, "pin ");
    }

    /// @return a descriptor of what is pinned there, whatever it is
    static int open(Path at) {
        return call(Attr.OBJ_GET, 0, at, "open the pinned ");
    }

    private static int call(int command, int fd, Path at, String what) {
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Attr.OBJ_LENGTH, Long.BYTES);
            attributes.set(JAVA_LONG, Attr.OBJ_PATH, arena.allocateFrom(at.toString()).address());
            attributes.set(JAVA_INT, Attr.OBJ_FD, fd);
            int result = Bpf.call(command, attributes);
            if (result < 0) {
                throw new ErrnoException(what + at, -result);
            }
            return result;
        }
    }
}
