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
    private static final int TYPE_XDP = 6;
    private static final int ATTACH_XDP = 37;
    static final int ATTACH_TCX_INGRESS = 46;
    private static final int ATTACH_TCX_EGRESS = 47;

    /// BPF_F_BEFORE: with neither program nor link named, before all others (linux/bpf.h).
    private static final int BEFORE = 1 << 3;
    private static final int TEST_XDP_LIVE_FRAMES = 1 << 1;
    /// Most bytes that a test's packet may have grown to.
    private static final int TEST_DATA_MAX = 1 << 16;

    private static final int LOG_LENGTH = 1 << 20;

    private final String name;
    private final int fd;
    private boolean closed;

    private BpfProgram(String name, int fd) {
        this.name = name;
        this.fd = fd;
    }

    /// Loads a classifier: for a tcx hook (Linux 6.6), or for a clsact filter. (It names no attach type, which kernels
    /// without tcx would refuse; tcx takes it as it is.)
    ///
    /// @param name at most 15 letters, digits, `_`; shown by bpftool
    /// @param license decides which helpers the kernel allows
    /// @param code from [Assembler#assemble]
    /// @throws VerifierException if the verifier refuses it
    /// @throws ErrnoException if it does not get that far: privileges, kernel
    public static BpfProgram loadClassifier(String name, String license, byte[] code) {
        return load(TYPE_SCHED_CLS, 0, name, license, code);
    }

    /// Loads a program for the XDP hook; the rest as [#loadClassifier].
    public static BpfProgram loadXdp(String name, String license, byte[] code) {
        return load(TYPE_XDP, ATTACH_XDP, name, license, code);
    }

    /// Attaches a classifier to an interface, behind the programs that are there already; it stays until the link is
    /// closed, the process ends or the interface goes.
    public BpfLink attachTcxIngress(int ifindex) {
        return link(ifindex, ATTACH_TCX_INGRESS, 0);
    }

    /// The same for frames that leave.
    public BpfLink attachTcxEgress(int ifindex) {
        return link(ifindex, ATTACH_TCX_EGRESS, 0);
    }

    /// The same before all that are there.
    public BpfLink attachTcxEgressFirst(int ifindex) {
        return link(ifindex, ATTACH_TCX_EGRESS, BEFORE);
    }

    /// Attaches an XDP program to an interface; it stays as long as with [#attachTcxIngress].
    ///
    /// @throws ErrnoException EBUSY if the interface has another one, EOPNOTSUPP if its driver has no native mode
    public BpfLink attachXdp(int ifindex, XdpMode mode) {
        return link(ifindex, ATTACH_XDP, mode.flags);
    }

    /// Runs it on a packet, on no interface, and has no other effect than what the program does to maps (BPF_PROG_TEST_RUN).
    ///
    /// A classifier's packet looks as if it came by loopback, or by `__sk_buff.ifindex` of `context`, which sets the packet's
    /// type: a MAC other than the interface's makes it PACKET_OTHERHOST. Of `context` only mark, priority, ifindex,
    /// ingress_ifindex, cb, tstamp, wire_len, gso_segs, gso_size may be set.
    ///
    /// @param data a whole frame, at least 14 bytes
    /// @param context [SkBuff#SIZE] or [XdpBuff#SIZE] bytes, or [MemorySegment#NULL]; for `xdp_md`, `data_end` must be the length
    /// @param repeat how often, for the time; with more than one, each run gets the packet that the one before left
    /// @throws ErrnoException EINVAL for what the kernel cannot make a packet of
    public TestResult testRun(MemorySegment data, MemorySegment context, int repeat) {
        try (var call = Arena.ofConfined()) {
            var results = Arena.ofAuto();
            var out = results.allocate(TEST_DATA_MAX, Long.BYTES);
            var contextOut = results.allocate(Math.max(1, context.byteSize()), Long.BYTES);
            var attributes = testAttributes(call, data, context, repeat);
            attributes.set(JAVA_LONG, Attr.TEST_DATA_OUT, out.address());
            attributes.set(JAVA_INT, Attr.TEST_DATA_SIZE_OUT, TEST_DATA_MAX);
            if (context.byteSize() > 0) {
                attributes.set(JAVA_LONG, Attr.TEST_CTX_OUT, contextOut.address());
                attributes.set(JAVA_INT, Attr.TEST_CTX_SIZE_OUT, (int) context.byteSize());
            }
            check(Bpf.call(Attr.PROG_TEST_RUN, attributes), "run BPF program " + name);
            return new TestResult(
                    attributes.get(JAVA_INT, Attr.TEST_RETVAL),
                    out.asSlice(0, Integer.toUnsignedLong(attributes.get(JAVA_INT, Attr.TEST_DATA_SIZE_OUT))),
                    contextOut.asSlice(0, Integer.toUnsignedLong(attributes.get(JAVA_INT, Attr.TEST_CTX_SIZE_OUT))),
                    attributes.get(JAVA_INT, Attr.TEST_DURATION));
        }
    }

    /// Sends `repeat` copies of a frame through an XDP program as if they came by an interface: what it returns is done to
    /// them (BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18). A packet generator of about 1 M frames/s.
    public void runLive(MemorySegment frame, int ifindex, int repeat) {
        try (var call = Arena.ofConfined()) {
            var context = call.allocate(XdpBuff.SIZE, Long.BYTES);
            context.set(JAVA_INT, XdpBuff.DATA_END, (int) frame.byteSize());
            context.set(JAVA_INT, XdpBuff.INGRESS_IFINDEX, ifindex);
            var attributes = testAttributes(call, frame, context, repeat);
            attributes.set(JAVA_INT, Attr.TEST_FLAGS, TEST_XDP_LIVE_FRAMES);
            check(Bpf.call(Attr.PROG_TEST_RUN, attributes), "run BPF program " + name + " live");
        }
    }

    public String name() {
        return name;
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

    private MemorySegment testAttributes(Arena call, MemorySegment data, MemorySegment context, int repeat) {
        var attributes = call.allocate(Attr.TEST_LENGTH, Long.BYTES);
        attributes.set(JAVA_INT, Attr.TEST_PROG_FD, fd);
        attributes.set(JAVA_LONG, Attr.TEST_DATA_IN, inNative(call, data).address());
        attributes.set(JAVA_INT, Attr.TEST_DATA_SIZE_IN, (int) data.byteSize());
        attributes.set(JAVA_INT, Attr.TEST_REPEAT, repeat);
        if (context.byteSize() > 0) {
            attributes.set(JAVA_LONG, Attr.TEST_CTX_IN, inNative(call, context).address());
            attributes.set(JAVA_INT, Attr.TEST_CTX_SIZE_IN, (int) context.byteSize());
        }
        return attributes;
    }

    private static MemorySegment inNative(Arena arena, MemorySegment bytes) {
        return bytes.isNative() ? bytes : arena.allocate(bytes.byteSize(), Long.BYTES).copyFrom(bytes);
    }

    private BpfLink link(int ifindex, int attachType, int flags) {
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Attr.LINK_CREATE_LENGTH, Long.BYTES);
            attributes.set(JAVA_INT, Attr.LINK_PROG_FD, fd);
            attributes.set(JAVA_INT, Attr.LINK_IFINDEX, ifindex);
            attributes.set(JAVA_INT, Attr.LINK_ATTACH_TYPE, attachType);
            attributes.set(JAVA_INT, Attr.LINK_FLAGS, flags);
            return new BpfLink(
                    check(
                            Bpf.call(Attr.LINK_CREATE, attributes),
                            "attach BPF program " + name + " to interface " + ifindex));
        }
    }

    private static int check(int result, String what) {
        if (result < 0) {
            throw new ErrnoException(what, -result);
        }
        return result;
    }

    private static BpfProgram load(int type, int attachType, String name, String license, byte[] code) {
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Attr.PROG_LOAD_LENGTH, Long.BYTES);
            var instructions = arena.allocate(code.length, Long.BYTES).copyFrom(MemorySegment.ofArray(code));
            attributes.set(JAVA_INT, Attr.PROG_TYPE, type);
            attributes.set(JAVA_INT, Attr.PROG_COUNT, code.length / Assembler.INSTRUCTION_LENGTH);
            attributes.set(JAVA_LONG, Attr.PROG_CODE, instructions.address());
            attributes.set(JAVA_LONG, Attr.PROG_LICENSE, arena.allocateFrom(license).address());
            attributes.set(JAVA_INT, Attr.PROG_ATTACH_TYPE, attachType);
            BpfMap.setName(attributes, Attr.PROG_NAME, name);
            int fd = Bpf.call(Attr.PROG_LOAD, attributes);
            if (fd < 0) {
                throw refusal(arena, attributes, name, -fd);
            }
            return new BpfProgram(name, fd);
        }
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
