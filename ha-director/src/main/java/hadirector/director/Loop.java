package hadirector.director;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The director's one thread: everything that decides runs here, in the order in which it came, and a tick in between. A task that
/// throws is logged and does not end the thread.
final class Loop implements Executor, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final Runnable tick;
    private final Thread thread;
    private volatile boolean stopped;

    Loop(Runnable tick) {
        this.tick = tick;
        thread = Thread.ofPlatform().name("role").daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    /// Runs `task` on this thread; the future holds what it returned or threw.
    <T> CompletableFuture<T> ask(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, this);
    }

    private void run() {
        long due = System.nanoTime();
        while (!stopped) {
            try {
                var task = tasks.poll(Math.max(0, due - System.nanoTime()), TimeUnit.NANOSECONDS);
                if (task != null) {
                    task.run();
                }
                if (System.nanoTime() - due >= 0) {
                    due = System.nanoTime() + TICK_NANOS;
                    tick.run();
                }
            } catch (InterruptedException _) {
                return;
            } catch (RuntimeException e) {
                LOG.error("a task of the director failed; it goes on with the next", e);
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
    }
}
