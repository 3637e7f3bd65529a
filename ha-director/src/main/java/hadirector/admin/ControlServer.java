package hadirector.admin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves operators on a unix socket: one request line per connection, then replies (see [RequestCodec], [Reply]), each
/// client on a virtual thread. Nothing that a client sends ends or holds up anything but its own connection.
public final class ControlServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlServer.class);
    private static final Duration AFTER_ACCEPT_FAILED = Duration.ofMillis(100);

    /// @param clients most at once; one more is told so and let go
    /// @param lineBytes longest request
    /// @param patience for a client to send its request, or to take a reply
    /// @param drainPoll how often a drain looks at what is left
    public record Limits(int clients, int lineBytes, Duration patience, Duration drainPoll) {
        public static final Limits DEFAULT =
                new Limits(32, 65_536, Duration.ofSeconds(5), Duration.ofMillis(100));
    }

    /// Counts since the start.
    ///
    /// @param bad requests that were not understood, too long, or never came
    /// @param failed requests during which the director threw; a bug
    public record Counts(long requests, long bad, long turnedAway, long failed) {}

    private final ControlSocket socket;
    private final Commands commands;
    private final Limits limits;
    private final Semaphore places;
    private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService deadlines =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("admin-deadlines").factory());
    private final LongAdder requests = new LongAdder();
    private final LongAdder bad = new LongAdder();
    private final LongAdder turnedAway = new LongAdder();
    private final LongAdder failed = new LongAdder();

    private ControlServer(ControlSocket socket, Operations director, Limits limits) {
        this.socket = socket;
        this.commands = new Commands(director, limits.drainPoll());
        this.limits = limits;
        places = new Semaphore(limits.clients());
    }

    /// @throws IOException with a sentence for the operator: another director runs, or the socket cannot be made
    public static ControlServer start(Path path, Operations director, Limits limits) throws IOException {
        var server = new ControlServer(ControlSocket.bind(path), director, limits);
        Thread.ofPlatform().daemon().name("admin").start(server::acceptAll);
        return server;
    }

    public Counts counts() {
        return new Counts(requests.sum(), bad.sum(), turnedAway.sum(), failed.sum());
    }

    private void acceptAll() {
        while (true) {
            try {
                accepted(socket.accept());
            } catch (ClosedChannelException _) {
                return;
            } catch (IOException e) {
                log.warn("event=admin-accept-failed why=\"{}\"", e.getMessage());
                if (!paused()) {
                    return;
                }
            }
        }
    }

    /// Such as "too many open files": others may close theirs.
    private static boolean paused() {
        try {
            Thread.sleep(AFTER_ACCEPT_FAILED);
            return true;
        } catch (InterruptedException _) {
            return false;
        }
    }

    private void accepted(SocketChannel client) throws IOException {
        if (!places.tryAcquire()) {
            turnedAway.increment();
            turnAway(client);
            return;
        }
        clients.add(client);
        Thread.ofVirtual().name("admin-client").start(() -> serveAndClose(client));
    }

    private void turnAway(SocketChannel client) throws IOException {
        try (client) {
            var reply = new Reply.Rejected("all " + limits.clients() + " places are taken; try again");
            client.configureBlocking(false);
            client.write(ByteBuffer.wrap((reply.toLine() + "\n").getBytes(StandardCharsets.UTF_8)));
        }
    }

    private void serveAndClose(SocketChannel client) {
        try (client) {
            serve(new Conversation(client, limits.patience(), deadlines));
        } catch (AsynchronousCloseException _) {
            bad.increment(); // Cut off by its deadline, or by our close.
        } catch (IOException e) {
            log.debug("event=admin-client-gone why=\"{}\"", e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            clients.remove(client);
            places.release();
        }
    }

    private void serve(Conversation client) throws IOException, InterruptedException {
        try {
            String line = client.readLine(limits.lineBytes());
            if (line.isBlank()) {
                return; // Somebody looked whether a director answers.
            }
            requests.increment();
            var request = RequestCodec.decode(line);
            carryOut(request, client);
        } catch (BadRequestException e) {
            bad.increment();
            client.send(new Reply.Rejected(String.valueOf(e.getMessage())));
        }
    }

    private void carryOut(Request request, Conversation client)
            throws IOException, BadRequestException, InterruptedException {
        try {
            commands.run(request, client);
        } catch (RuntimeException e) {
            failed.increment();
            log.error("event=admin-failed command={}", request.command(), e);
            client.send(new Reply.Result(new Answer.Failed("a fault inside the director: " + e)));
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            log.warn("event=admin-close-failed why=\"{}\"", e.getMessage());
        }
        for (var client : clients) {
            try {
                client.close();
            } catch (IOException _) {
                // It is closed all the same.
            }
        }
        deadlines.shutdownNow();
    }
}
