package hadirector.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// Handles to libc's functions that capture errno. Each thread has one capture segment, made once, so that a call
/// allocates nothing.
@SuppressWarnings("restricted") // Native access is this package's purpose, and nobody else's.
final class Native {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final VarHandle ERRNO =
            Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
    private static final ThreadLocal<MemorySegment> STATE =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

    private Native() {}

    static MethodHandle function(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), type, Linker.Option.captureCallState("errno"));
    }

    /// A function whose error is not asked for. With numbers for arguments such a call can allocate nothing, whereas
    /// one that captures errno makes a slice of the capture segment, which the compiler does not always remove.
    static MethodHandle withoutErrno(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
    }

    /// A function with `...` from argument `first` on: some calling conventions pass those differently.
    static MethodHandle variadic(String name, int first, FunctionDescriptor type) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                type,
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(first));
    }

    /// The calling thread's capture segment.
    static MemorySegment state() {
        return STATE.get();
    }

    /// `result`, or the negated errno if it is negative: how hot calls report.
    static int orErrno(int result, MemorySegment state) {
        return result >= 0 ? result : -errno(state);
    }

    static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    /// `result`, or an exception that names `call` if it is negative.
    static int check(int result, MemorySegment state, String call) {
        if (result < 0) {
            throw new ErrnoException(call, errno(state));
        }
        return result;
    }

    static AssertionError unexpected(Throwable t) {
        return new AssertionError("a downcall throws nothing", t);
    }
}
