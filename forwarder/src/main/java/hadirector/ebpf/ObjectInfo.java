package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Bpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What the kernel says of a map or a program (BPF_OBJ_GET_INFO_BY_FD).
final class ObjectInfo {
    private ObjectInfo() {}

    /// @param into a `bpf_map_info` or `bpf_prog_info`, as much of it as is wanted
    /// @return whether the kernel has answered
    static boolean get(int fd, MemorySegment into) {
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Attr.INFO_LENGTH, Long.BYTES);
            attributes.set(JAVA_INT, Attr.INFO_FD, fd);
            attributes.set(JAVA_INT, Attr.INFO_SIZE, (int) into.byteSize());
            attributes.set(JAVA_LONG, Attr.INFO_ADDRESS, into.address());
            return Bpf.call(Attr.OBJ_GET_INFO_BY_FD, attributes) >= 0;
        }
    }
}
