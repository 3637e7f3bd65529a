package hadirector.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// bpf(2), for which libc has no function.
public final class Bpf {
    private static final MethodHandle SYSCALL =
            Native.variadic("syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final long NUMBER =
            Abi.current()
                    .map(Abi::bpf)
                    .orElseThrow(() -> new UnsupportedOperationException("bpf(2) on " + System.getProperty("os.arch")));

    private Bpf() {}

    /// The result (a descriptor, or 0), or the negated errno. Allocates nothing.
    ///
    /// @param attributes a `bpf_attr`, as long as the command's part of the union
    public static int call(int command, MemorySegment attributes) {
        var state = Native.state();
        try {
            long r = (long) SYSCALL.invokeExact(state, NUMBER, command, attributes, (int) attributes.byteSize());
            return Native.orErrno((int) r, state);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }
}
