package hadirector.health.probe;

import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;

/// A server on loopback that treats each connection as its script says and counts them.
final class LoopbackServer implements AutoCloseable {
    /// What happens on one accepted connection; it is closed afterwards.
    @FunctionalInterface
    interface Script {
        void play(Socket socket) throws IOException;
    }

    private final ServerSocket listener;
    private final Script script;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();

    LoopbackServer(Script script) {
        this(ServerSocketFactory.getDefault(), 0, script);
    }

    LoopbackServer(ServerSocketFactory sockets, int port, Script script) {
        this.script = script;
        try {
            listener = sockets.createServerSocket(port, 50, InetAddress.ofLiteral("127.0.0.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /// Answers any request with these bytes and closes.
    static Script saying(String answer) {
        return socket -> {
            readHead(socket);
            write(socket, answer);
        };
    }

    /// Reads a request up to its empty line.
    static String readHead(Socket socket) throws IOException {
        var head = new StringBuilder();
        InputStream in = socket.getInputStream();
        for (int next = in.read(); next >= 0 && !endsWithEmptyLine(head.append((char) next)); ) {
            next = in.read();
        }
        return head.toString();
    }

    private static boolean endsWithEmptyLine(StringBuilder text) {
        return text.length() >= 4 && text.substring(text.length() - 4).equals("\r\n\r\n");
    }

    static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /// Holds the connection until the other side closes it.
    static void hold(Socket socket) throws IOException {
        var _ = socket.getInputStream().readAllBytes();
    }

    Endpoint endpoint() {
        return new Endpoint(IpAddress.of("127.0.0.1"), listener.getLocalPort());
    }

    int accepted() {
        return accepted.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                accepted.incrementAndGet();
                open.add(socket);
                Thread.ofVirtual().start(() -> play(socket));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void play(Socket socket) {
        try (socket) {
            script.play(socket);
        } catch (IOException _) {
            // The probe has hung up: that is its right.
        } finally {
            open.remove(socket);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (var socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
