package hadirector.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// Network namespaces of threads: setns(2). Only for platform threads that end soon after: a thread cannot be
/// given back, and a virtual thread would move its carrier.
public final class Namespaces {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final MethodHandle SETNS =
            Native.function("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private Namespaces() {}

    /// Moves the calling thread into the network namespace behind `path`, as `/run/netns/NAME` or `/proc/PID/ns/net`.
    public static void enterNetwork(Path path) {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("a virtual thread cannot enter a namespace");
        }
        int fd = Descriptors.open(path);
        try {
            var state = Native.state();
            int result = (int) SETNS.invokeExact(state, fd, CLONE_NEWNET);
            Native.check(result, state, "setns(" + path + ")");
        } catch (ErrnoException e) {
            throw e;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            Descriptors.close(fd);
        }
    }
}
