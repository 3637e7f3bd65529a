package hadirector.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Memory by mmap(2): a range of zeros, into which what a descriptor stands for may be mapped, so that one segment covers
/// both.
public final class MappedMemory {
    /// Every machine that we know maps in multiples of it.
    public static final int PAGE = 4096;

    private static final int PROT_READ = 1;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int NO_DESCRIPTOR = -1;

    private static final MethodHandle MMAP =
            Native.function(
                    "mmap",
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP =
            Native.function("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle PAGE_SIZE = Native.withoutErrno("getpagesize", FunctionDescriptor.of(JAVA_INT));

    private MappedMemory() {}

    /// `bytes` of zeros at the start of a page, until the arena is closed; a page takes memory when it is first written.
    public static MemorySegment zeros(long bytes, Arena arena) {
        return segment(map(0, bytes, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, NO_DESCRIPTOR, 0), bytes, arena);
    }

    /// Puts the memory that `fd` stands for in place of `part`, whole pages of a segment of [#zeros].
    ///
    /// @throws ErrnoException EINVAL if there is not as much of it
    public static void mapInto(MemorySegment part, int fd) {
        long _ = map(part.address(), part.byteSize(), PROT_READ_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
    }

    /// The first `bytes` of what `fd` stands for, readable and writable, until the arena is closed. They stay mapped when
    /// the descriptor is closed before.
    ///
    /// @throws ErrnoException EINVAL if there is not as much of it
    public static MemorySegment shared(int fd, long bytes, Arena arena) {
        return segment(map(0, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0), bytes, arena);
    }

    /// `bytes` of what `fd` stands for, from `offset` on (a multiple of [#pageSize]), until the arena is closed. Writing
    /// to them ends the process.
    public static MemorySegment sharedReadOnly(int fd, long offset, long bytes, Arena arena) {
        return segment(map(0, bytes, PROT_READ, MAP_SHARED, fd, offset), bytes, arena).asReadOnly();
    }

    /// Bytes of a page of this machine's memory.
    public static int pageSize() {
        try {
            return (int) PAGE_SIZE.invokeExact();
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    @SuppressWarnings("restricted") // The kernel has just said that the memory is there.
    private static MemorySegment segment(long at, long bytes, Arena arena) {
        return MemorySegment.ofAddress(at).reinterpret(bytes, arena, MappedMemory::unmap);
    }

    private static long map(long at, long bytes, int protection, int flags, int fd, long offset) {
        var state = Native.state();
        long address;
        try {
            address = (long) MMAP.invokeExact(state, at, bytes, protection, flags, fd, offset);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
        int _ = Native.check(address == -1 ? -1 : 0, state, "mmap");
        return address;
    }

    private static void unmap(MemorySegment memory) {
        var state = Native.state();
        try {
            int _ = (int) MUNMAP.invokeExact(state, memory, memory.byteSize());
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }
}
