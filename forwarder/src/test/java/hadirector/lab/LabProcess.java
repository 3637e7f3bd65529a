package hadirector.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A real process that a lab started inside a host; its output (both streams) is kept.
public final class LabProcess {
    private final String name;
    private final Process process;
    private final StringBuilder output = new StringBuilder();
    private final Thread reader;

    LabProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        reader = Thread.ofPlatform().daemon().name("output of " + name).start(this::readOutput);
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// What it has said up to now.
    public String output() {
        synchronized (output) {
            return output.toString();
        }
    }

    /// Waits until its output contains `text`; fails with the output if it ends or says nothing of the kind.
    public LabProcess awaitOutput(String text, Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        synchronized (output) {
            while (output.indexOf(text) < 0) {
                long left = deadline - System.nanoTime();
                if (left <= 0 || !reader.isAlive()) {
                    throw new AssertionError("%s never said \"%s\" but:\n%s".formatted(this, text, output));
                }
                TimeUnit.NANOSECONDS.timedWait(output, Math.min(left, 100_000_000));
            }
        }
        return this;
    }

    /// Waits for its end; the exit code, 128 + signal if one killed it.
    public int awaitExit(Duration most) throws InterruptedException {
        if (!process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("%s still runs after %s:\n%s".formatted(this, most, output()));
        }
        reader.join(most.toMillis());
        return process.exitValue();
    }

    /// Writes a line to its standard input.
    public void say(String line) throws IOException {
        var writer = process.outputWriter();
        writer.write(line);
        writer.newLine();
        writer.flush();
    }

    /// Sends a signal by its name, as `TERM`, `KILL`, `STOP`, `CONT`.
    public void signal(String signal) {
        Commands.run(List.of("kill", "-" + signal, Long.toString(process.pid())));
    }

    /// kill -9, and waits until it is gone.
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /// The parent first: a server replaces a worker that dies.
    void end() {
        var descendants = process.descendants().toList();
        process.destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return name + " (pid " + process.pid() + ")";
    }

    private void readOutput() {
        try (BufferedReader lines = process.inputReader()) {
            var buffer = new char[8192];
            for (int n = lines.read(buffer); n >= 0; n = lines.read(buffer)) {
                synchronized (output) {
                    output.append(buffer, 0, n);
                    output.notifyAll();
                }
            }
        } catch (IOException _) {
            // The process was killed: what it said is kept.
        } finally {
            synchronized (output) {
                output.notifyAll();
            }
        }
    }
}
