package hadirector.health.probe;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// A process and all its descendants. One that has detached itself (a daemon) is not among them.
final class ProcessTree {
    /// Between SIGTERM and SIGKILL.
    static final Duration GRACE = Duration.ofMillis(500);

    private static final Duration PAUSE = Duration.ofMillis(10);

    private ProcessTree() {}

    /// Ends the tree; no grace means SIGKILL at once.
    static void end(Process root, Duration grace) throws InterruptedException {
        var tree = of(root);
        if (grace.isPositive()) {
            tree.forEach(ProcessHandle::destroy);
            awaitEnd(tree, grace);
        }
        Stream.concat(tree.stream(), of(root).stream()).forEach(ProcessHandle::destroyForcibly);
    }

    private static List<ProcessHandle> of(Process root) {
        return Stream.concat(root.descendants(), Stream.of(root.toHandle())).toList();
    }

    private static void awaitEnd(List<ProcessHandle> tree, Duration grace) throws InterruptedException {
        long startNanos = System.nanoTime();
        while (tree.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() - startNanos < grace.toNanos()) {
            Thread.sleep(PAUSE);
        }
    }
}
