package hadirector.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/// How the kernel schedules the calling thread, which must be a platform thread: sched_setscheduler(2), setpriority(2).
public final class Scheduling {
    private static final int SCHED_FIFO = 1;
    private static final int SCHED_RESET_ON_FORK = 0x40000000;
    private static final int LOWEST = 1;
    private static final int PRIO_PROCESS = 0;
    private static final int THIS_THREAD = 0;
    private static final int NICE = -20;

    private static final MethodHandle SCHED_SETSCHEDULER =
            Native.function("sched_setscheduler", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle SETPRIORITY =
            Native.function("setpriority", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));

    private Scheduling() {}

    /// Puts the calling thread before all ordinary ones: SCHED_FIFO at its lowest priority, which takes CAP_SYS_NICE or RLIMIT_RTPRIO; else as
    /// [#nice] does. Only for a thread that mostly sleeps.
    ///
    /// @return in words what it is now: `by SCHED_FIFO`, `at nice -20`, `at ordinary priority: EPERM ...`
    public static String first() {
        try (var arena = Arena.ofConfined()) {
            var state = Native.state();
            var parameter = arena.allocateFrom(JAVA_INT, LOWEST); // struct sched_param
            int result = (int) SCHED_SETSCHEDULER.invokeExact(state, THIS_THREAD, SCHED_FIFO | SCHED_RESET_ON_FORK, parameter);
            return result == 0 ? "by SCHED_FIFO" : nice();
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /// Gives the calling thread the largest share of an ordinary one, which takes CAP_SYS_NICE or RLIMIT_NICE.
    ///
    /// @return in words what it is now, as [#first]
    public static String nice() {
        var state = Native.state();
        try {
            int result = (int) SETPRIORITY.invokeExact(state, PRIO_PROCESS, THIS_THREAD, NICE);
            return result == 0 ? "at nice " + NICE : "at ordinary priority: " + Errno.text(Native.errno(state));
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }
}
