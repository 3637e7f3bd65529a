package hadirector.admin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Lines to and from one client. A client that does not send its line, or does not read its replies, within
/// `patience` is cut off: its channel is closed under the thread that waits for it.
final class Conversation implements Commands.Replies {
    private final SocketChannel channel;
    private final Duration patience;
    private final ScheduledExecutorService deadlines;

    Conversation(SocketChannel channel, Duration patience, ScheduledExecutorService deadlines) {
        this.channel = channel;
        this.patience = patience;
        this.deadlines = deadlines;
    }

    /// The first line, or all there is when the client ends its side; empty if it sent nothing.
    ///
    /// @throws BadRequestException if it is longer than `bytesMax`
    String readLine(int bytesMax) throws IOException, BadRequestException {
        var line = new ByteArrayOutputStream();
        var deadline = deadline();
        try {
            readLine(line, bytesMax);
        } finally {
            deadline.cancel(false);
        }
        if (line.size() > bytesMax) {
            throw new BadRequestException("a request has at most " + bytesMax + " bytes");
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /// Reads what is too long to its end, but does not keep it: a socket closed on unread bytes resets the
    /// connection, and the client would never see the answer.
    private void readLine(ByteArrayOutputStream line, int bytesMax) throws IOException {
        var buffer = ByteBuffer.allocate(4096);
        while (channel.read(buffer.clear()) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                byte next = buffer.get();
                if (next == '\n') {
                    return;
                }
                if (line.size() <= bytesMax) {
                    line.write(next);
                }
            }
        }
    }

    @Override
    public void send(Reply reply) throws IOException {
        var bytes = ByteBuffer.wrap((reply.toLine() + "\n").getBytes(StandardCharsets.UTF_8));
        var deadline = deadline();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } finally {
            deadline.cancel(false);
        }
    }

    private Future<?> deadline() throws IOException {
        try {
            return deadlines.schedule(this::cut, patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            throw new IOException("the director has stopped", e);
        }
    }

    private void cut() {
        try {
            channel.close();
        } catch (IOException _) {
            // It is closed all the same.
        }
    }
}
