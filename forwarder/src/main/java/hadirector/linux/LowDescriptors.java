package hadirector.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.BitSet;

/// A block of low descriptor numbers for what is to be closed last when the process is killed. The kernel closes a dead
/// process's descriptors from the highest to the lowest (close_files in fs/file.c queues them, task_work_run takes the newest
/// first), and waits a grace period of RCU, 10 to 40 ms, for each packet socket and each tcx link. Above these, a connection to a
/// peer is closed at once, and the peer need not wait for them; at the very bottom, a program stays on its hook meanwhile.
///
/// The numbers are held by /dev/null while nothing else has them. If none is left, or none could be had, descriptors stay where
/// they are: that costs time after a kill, nothing else.
public final class LowDescriptors {
    private static final int SLOTS = 128;
    private static final Path NOTHING = Path.of("/dev/null");
    private static final int O_CLOEXEC = 0x80000;

    private static final MethodHandle DUP3 =
            Native.function("dup3", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));

    /// Guarded by the class, as are the two below.
    private static final int[] slots = new int[SLOTS];

    private static final BitSet free = new BitSet(SLOTS);
    private static int placeholder = -1;

    private LowDescriptors() {}

    /// Takes the block, once. To be called before anything else opens descriptors: what is opened then and closed later leaves numbers below.
    public static synchronized void reserve() {
        if (placeholder >= 0) {
            return;
        }
        try {
            placeholder = Descriptors.open(NOTHING);
            for (int i = 0; i < SLOTS; i++) {
                slots[i] = Descriptors.open(NOTHING);
                free.set(i);
            }
        } catch (ErrnoException _) {
            // Out of descriptors: those of the block that there are will do.
        }
    }

    /// Moves a descriptor that is to be closed after nearly all others.
    ///
    /// @return its new number, to be closed by [Descriptors#close]
    public static synchronized int late(int fd) {
        reserve();
        return move(fd, free.length() - 1);
    }

    /// Moves a descriptor that is to be closed after those as well.
    ///
    /// @return its new number, to be closed by [Descriptors#close]
    public static synchronized int last(int fd) {
        reserve();
        return move(fd, free.nextSetBit(0));
    }

    /// Puts the placeholder back.
    ///
    /// @return whether the descriptor was one of the block, and is closed now
    static synchronized boolean close(int fd) {
        for (int i = 0; i < SLOTS; i++) {
            if (placeholder >= 0 && slots[i] == fd && !free.get(i) && duplicate(placeholder, fd)) {
                free.set(i);
                return true;
            }
        }
        return false;
    }

    private static int move(int fd, int slot) {
        if (slot < 0 || !duplicate(fd, slots[slot])) {
            return fd;
        }
        free.clear(slot);
        Descriptors.close(fd);
        return slots[slot];
    }

    private static boolean duplicate(int fd, int onto) {
        try {
            return (int) DUP3.invokeExact(Native.state(), fd, onto, O_CLOEXEC) >= 0;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }
}
