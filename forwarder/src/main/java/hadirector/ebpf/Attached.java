package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Bpf;
import hadirector.linux.Descriptors;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// A program that hangs on a hook, whoever put it there.
///
/// @param id of the program in this kernel
/// @param name that it was loaded with; empty if it has none or we may not ask (that takes CAP_SYS_ADMIN)
public record Attached(int id, String name) {
    private static final int PROGRAMS_MAX = 64;

    /// The programs at the tcx ingress hook of an interface, in the order in which they run; none before Linux 6.6.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    public static List<Attached> atTcxIngress(int ifindex) {
        try (var arena = Arena.ofConfined()) {
            var ids = arena.allocate(JAVA_INT, PROGRAMS_MAX);
            var attributes = arena.allocate(Attr.QUERY_LENGTH, Long.BYTES);
            attributes.set(JAVA_INT, Attr.QUERY_IFINDEX, ifindex);
            attributes.set(JAVA_INT, Attr.QUERY_ATTACH_TYPE, BpfProgram.ATTACH_TCX_INGRESS);
            attributes.set(JAVA_LONG, Attr.QUERY_PROG_IDS, ids.address());
            attributes.set(JAVA_INT, Attr.QUERY_PROG_COUNT, PROGRAMS_MAX);
            int result = Bpf.call(Attr.PROG_QUERY, attributes);
            if (result == -Errno.ENOENT || result == -Errno.EINVAL) {
                return List.of();
            }
            if (result < 0 && result != -Errno.ENOSPC) {
                throw new ErrnoException("ask for BPF programs of interface " + ifindex, -result);
            }
            int count = Math.min(attributes.get(JAVA_INT, Attr.QUERY_PROG_COUNT), PROGRAMS_MAX);
            var programs = new ArrayList<Attached>(count);
            for (int i = 0; i < count; i++) {
                programs.add(named(ids.getAtIndex(JAVA_INT, i)));
            }
            return programs;
        }
    }

    /// The program with this id.
    public static Attached named(int id) {
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Attr.ID_LENGTH, Long.BYTES);
            attributes.set(JAVA_INT, Attr.ID, id);
            int fd = Bpf.call(Attr.PROG_GET_FD_BY_ID, attributes);
            if (fd < 0) {
                return new Attached(id, "");
            }
            try {
                return new Attached(id, name(arena, fd));
            } finally {
                Descriptors.close(fd);
            }
        }
    }

    private static String name(Arena arena, int fd) {
        var info = arena.allocate(Attr.PROG_INFO_LENGTH + 1L, Long.BYTES); // The byte behind ends a name of full length.
        return ObjectInfo.get(fd, info.asSlice(0, Attr.PROG_INFO_LENGTH)) ? info.getString(Attr.PROG_INFO_NAME) : "";
    }
}
