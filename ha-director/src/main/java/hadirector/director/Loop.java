package hadirector.director;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The director's one thread: everything that decides runs here, in the order in which it came, and a tick in between. A task that
/// throws an exception is logged and does not end the thread; an error does, and is told.
final class Loop implements Executor, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final Duration END = Duration.ofSeconds(1);

    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final Runnable tick;
    private final Consumer<Error> died;
    private final Thread thread;
    private volatile boolean stopped;

    /// @param died is told, on the thread that ends, of an error that no code of ours can go on after
    Loop(Runnable tick, Consumer<Error> died) {
        this.tick = tick;
        this.died = died;
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
        try {
            work();
        } catch (InterruptedException _) {
            return; // Closed.
        } catch (Error e) {
            LOG.error("the director's thread ends", e);
            died.accept(e);
        }
    }

    private void work() throws InterruptedException {
        long due = System.nanoTime();
        while (!stopped) {
            var task = tasks.poll(Math.max(0, due - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (task != null) {
                safely(task);
            }
            if (System.nanoTime() - due >= 0) {
                due = System.nanoTime() + TICK_NANOS;
                safely(tick);
            }
        }
    }

    private static void safely(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("a task of the director failed; it goes on with the next", e);
        }
    }

    /// Ends the thread; nothing runs on it afterwards, unless it is stuck.
    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        try {
            boolean _ = thread.getState() == Thread.State.NEW || thread.join(END);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
