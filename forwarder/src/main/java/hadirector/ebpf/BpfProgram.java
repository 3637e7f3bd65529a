package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Bpf;
import hadirector.linux.Descriptors;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A program loaded into the kernel; it lives as long as its descriptor and its links.
public final class BpfProgram implements AutoCloseable {
    private static final int TYPE_SCHED_CLS = 3;
    static final int ATTACH_TCX_INGRESS = 46;
    private static final int LOG_LENGTH = 1 << 20;

    private final String name;
    private final int fd;
    private boolean closed;

    private BpfProgram(String name, int fd) {
        this.name = name;
        this.fd = fd;
    }

    /// Loads a classifier for the tcx ingress hook (Linux 6.6).
    ///
    /// @param name at most 15 letters, digits, `_`; shown by bpftool
    /// @param license decides which helpers the kernel allows
    /// @param code from [Assembler#assemble]
    /// @throws VerifierException if the verifier refuses it
    /// @throws ErrnoException if it does not get that far: privileges, kernel
    public static BpfProgram loadTcxIngress(String name, String license, byte[] code) {
        try (var arena = Arena.ofConfined()) {
            var attributes = attributes(arena, name, license, code);
            int fd = Bpf.call(Attr.PROG_LOAD, attributes);
            if (fd < 0) {
                throw refusal(arena, attributes, name, -fd);
            }
            return new BpfProgram(name, fd);
        }
    }

    /// Attaches it to an interface, behind the programs that are there already; it stays until the link is
    /// closed, the process ends or the interface goes.
    public BpfLink attachTcxIngress(int ifindex) {
        return new BpfLink(link(fd, ifindex, name));
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

    private static int link(int program, int ifindex, String name) {
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Attr.LINK_CREATE_LENGTH, Long.BYTES);
            attributes.set(JAVA_INT, Attr.LINK_PROG_FD, program);
            attributes.set(JAVA_INT, Attr.LINK_IFINDEX, ifindex);
            attributes.set(JAVA_INT, Attr.LINK_ATTACH_TYPE, ATTACH_TCX_INGRESS);
            int link = Bpf.call(Attr.LINK_CREATE, attributes);
            if (link < 0) {
                throw new ErrnoException("attach BPF program " + name + " to interface " + ifindex, -link);
            }
            return link;
        }
    }

    private static MemorySegment attributes(Arena arena, String name, String license, byte[] code) {
        var attributes = arena.allocate(Attr.PROG_LOAD_LENGTH, Long.BYTES);
        var instructions = arena.allocate(code.length, Long.BYTES).copyFrom(MemorySegment.ofArray(code));
        attributes.set(JAVA_INT, Attr.PROG_TYPE, TYPE_SCHED_CLS);
        attributes.set(JAVA_INT, Attr.PROG_COUNT, code.length / Assembler.INSTRUCTION_LENGTH);
        attributes.set(JAVA_LONG, Attr.PROG_CODE, instructions.address());
        attributes.set(JAVA_LONG, Attr.PROG_LICENSE, arena.allocateFrom(license).address());
        attributes.set(JAVA_INT, Attr.PROG_ATTACH_TYPE, ATTACH_TCX_INGRESS);
        BpfMap.setName(attributes, Attr.PROG_NAME, name);
        return attributes;
    }

    /// Loads again with a log: the usual load goes without, as it costs the verifier time.
    private static RuntimeException refusal(Arena arena, MemorySegment attributes, String name, int errno) {
        if (errno == Errno.EPERM) {
            return new ErrnoException("load BPF program " + name, errno);
        }
        var log = arena.allocate(LOG_LENGTH);
        attributes.set(JAVA_INT, Attr.PROG_LOG_LEVEL, 1);
        attributes.set(JAVA_INT, Attr.PROG_LOG_SIZE, LOG_LENGTH);
        attributes.set(JAVA_LONG, Attr.PROG_LOG, log.address());
        int fd = Bpf.call(Attr.PROG_LOAD, attributes);
        if (fd >= 0) {
            Descriptors.close(fd);
        }
        boolean silent = log.get(JAVA_BYTE, 0) == 0;
        return silent
                ? new ErrnoException("load BPF program " + name, errno)
                : new VerifierException(name, errno, log.getString(0));
    }
}
