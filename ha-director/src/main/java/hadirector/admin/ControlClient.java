package hadirector.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/// The operator's side of the control socket.
public final class ControlClient {
    private final Path path;
    private final Duration patience;

    /// @param patience with a director that accepts and then is silent
    public ControlClient(Path path, Duration patience) {
        this.path = path;
        this.patience = patience;
    }

    /// Asks and waits for the last reply; those before it go to `progress`.
    ///
    /// @throws NoDirectorException if nobody answers, with a sentence that says what to do
    public Reply ask(Request request, Consumer<Reply.Progress> progress) throws NoDirectorException {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            try (var watchdog = new Watchdog(channel, patience)) {
                return converse(channel, request, progress, watchdog);
            }
        } catch (IOException e) {
            throw new NoDirectorException(NoDirectorException.explain(path, e), e);
        }
    }

    private Reply converse(
            SocketChannel channel, Request request, Consumer<Reply.Progress> progress, Watchdog watchdog)
            throws IOException {
        var bytes = ByteBuffer.wrap((RequestCodec.encode(request) + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        var lines =
                new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        while (true) {
            String line = lines.readLine();
            if (line == null) {
                throw new IOException("the director closed the connection without an answer");
            }
            watchdog.heard();
            var reply = parse(line);
            if (!(reply instanceof Reply.Progress step)) {
                return reply;
            }
            progress.accept(step);
        }
    }

    private static Reply parse(String line) throws IOException {
        try {
            return Reply.ofLine(line);
        } catch (JsonProcessingException e) {
            throw new IOException("not an answer of a director of this version: " + e.getOriginalMessage(), e);
        }
    }

    /// Closes the channel under a reader that has heard nothing for too long.
    private static final class Watchdog implements AutoCloseable {
        private final Thread thread;
        private volatile long heardNanos = System.nanoTime();

        Watchdog(SocketChannel channel, Duration patience) {
            thread = Thread.ofPlatform().daemon().name("patience").start(() -> watch(channel, patience));
        }

        void heard() {
            heardNanos = System.nanoTime();
        }

        private void watch(SocketChannel channel, Duration patience) {
            try {
                long left;
                while ((left = heardNanos + patience.toNanos() - System.nanoTime()) > 0) {
                    Thread.sleep(Duration.ofNanos(left));
                }
                channel.close();
            } catch (InterruptedException | IOException _) {
                // The conversation is over.
            }
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }
}
