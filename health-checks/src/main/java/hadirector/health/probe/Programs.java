package hadirector.health.probe;

import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.TimedOut;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Runs programs without a shell, each waited for by a virtual thread, and none beyond its time.
///
/// A program gets `/dev/null` as its input, `/` as its directory, and of this process's environment only
/// PATH. At most [#RUNNING_MAX] run at once (each costs the JDK a thread that reaps it); one that finds
/// no room within its timeout has not run.
final class Programs implements AutoCloseable {
    static final int RUNNING_MAX = 256;
    private static final String PATH_DEFAULT = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final File NOTHING = new File("/dev/null");
    private static final File ROOT = new File("/");
    private static final long PAUSE_MAX_MILLIS = 16;
    private static final long CLOSE_SECONDS = 2;

    private final int runningMax;
    private final Semaphore room;

    Programs() {
        this(RUNNING_MAX);
    }

    Programs(int runningMax) {
        this.runningMax = runningMax;
        room = new Semaphore(runningMax);
    }

    /// What an exit means: the place where calling conventions differ.
    @FunctionalInterface
    interface ExitRule {
        /// @param output the beginning of stdout and stderr, as it came
        ProbeResult judge(int status, String output, Duration took);

        /// What to say where there is no such program, or no room for another process.
        default NotRun notStarted(IOException e) {
            return new NotRun(String.valueOf(e.getMessage()));
        }
    }

    record Call(List<String> argv, Map<String, String> environment, Duration timeout, ExitRule rule) {}

    /// Runs a program once. At its timeout it and all its descendants get SIGTERM, and SIGKILL if that
    /// does not help; if the result is completed from outside, SIGKILL at once.
    CompletableFuture<ProbeResult> run(Call call) {
        var result = new CompletableFuture<ProbeResult>();
        Thread.ofVirtual().name("program " + call.argv().getFirst()).start(() -> {
            try {
                runWithRoom(call, result);
            } catch (InterruptedException | RuntimeException e) {
                result.complete(new NotRun(e.toString()));
            }
        });
        return result;
    }

    private void runWithRoom(Call call, CompletableFuture<ProbeResult> result) throws InterruptedException {
        if (!room.tryAcquire(call.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
            result.complete(new NotRun(runningMax + " programs are running already"));
            return;
        }
        try {
            if (!result.isDone()) {
                follow(start(call), call, result);
            }
        } catch (IOException e) {
            result.complete(call.rule().notStarted(e));
        } finally {
            room.release();
        }
    }

    private static Process start(Call call) throws IOException {
        var builder = new ProcessBuilder(call.argv())
                .directory(ROOT)
                .redirectInput(NOTHING)
                .redirectErrorStream(true);
        var environment = builder.environment();
        environment.clear();
        environment.put("PATH", Optional.ofNullable(System.getenv("PATH")).orElse(PATH_DEFAULT));
        environment.putAll(call.environment());
        return builder.start();
    }

    /// Looks in ever longer pauses, as a blocking read of the output would outlast the program whenever
    /// a child that it left behind holds the pipe open.
    private static void follow(Process process, Call call, CompletableFuture<ProbeResult> result)
            throws InterruptedException {
        long startNanos = System.nanoTime();
        var output = new ProgramOutput(process.getInputStream());
        for (long pause = 1; !result.isDone(); pause = Math.min(2 * pause, PAUSE_MAX_MILLIS)) {
            boolean ended = process.waitFor(pause, TimeUnit.MILLISECONDS);
            output.drain();
            var took = Duration.ofNanos(System.nanoTime() - startNanos);
            if (ended) {
                result.complete(call.rule().judge(process.exitValue(), output.text(), took));
                return;
            }
            if (took.compareTo(call.timeout()) >= 0 && result.complete(timedOut(call, output))) {
                ProcessTree.end(process, ProcessTree.GRACE);
                return;
            }
        }
        ProcessTree.end(process, Duration.ZERO);
    }

    private static ProbeResult timedOut(Call call, ProgramOutput output) {
        var said = output.text().lines().findFirst().map(line -> ", which said: " + line);
        return new TimedOut(call.timeout(), call.argv().getFirst() + said.orElse(""));
    }

    @Override
    public void close() {
        try {
            var _ = room.tryAcquire(runningMax, CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
