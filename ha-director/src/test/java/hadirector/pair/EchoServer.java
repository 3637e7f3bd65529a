package hadirector.pair;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// A realserver in the test's JVM: TCP lines and UDP datagrams on one port, each answered with `NAME <what came>`. Make it on
/// a thread inside the realserver's namespace; its sockets stay there.
final class EchoServer implements AutoCloseable {
    private final byte[] name;
    private final ServerSocketChannel listener;
    private final DatagramChannel datagrams;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong accepted = new AtomicLong();

    EchoServer(String name, int port) throws IOException {
        this(name, port, new InetSocketAddress(port));
    }

    /// @param datagramsAt the address that answers come from, where several are possible
    EchoServer(String name, int port, InetSocketAddress datagramsAt) throws IOException {
        this.name = (name + " ").getBytes(StandardCharsets.UTF_8);
        listener = ServerSocketChannel.open();
        listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        listener.bind(new InetSocketAddress(port), 1024);
        datagrams = DatagramChannel.open().bind(datagramsAt);
        Thread.startVirtualThread(this::accept);
        Thread.ofPlatform().daemon().start(this::echoDatagrams);
    }

    /// Connections since the start.
    long accepted() {
        return accepted.get();
    }

    private void accept() {
        try {
            while (true) {
                var socket = listener.accept();
                accepted.incrementAndGet();
                open.add(socket);
                Thread.startVirtualThread(() -> echoLines(socket));
            }
        } catch (IOException _) {
            return; // Closed.
        }
    }

    private void echoLines(SocketChannel channel) {
        var socket = channel.socket();
        try (socket;
                var in =
                        new BufferedReader(
                                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            socket.setTcpNoDelay(true);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Channels.newOutputStream(channel).write(answer(line.getBytes(StandardCharsets.UTF_8)));
            }
        } catch (SocketException _) {
            return; // Reset by the client, or closed by the test.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            open.remove(channel);
        }
    }

    private byte[] answer(byte[] line) {
        return ByteBuffer.allocate(name.length + line.length + 1).put(name).put(line).put((byte) '\n').array();
    }

    private void echoDatagrams() {
        var buffer = ByteBuffer.allocate(2048);
        try {
            while (true) {
                buffer.clear().put(name);
                SocketAddress client = datagrams.receive(buffer);
                datagrams.send(buffer.flip(), client);
            }
        } catch (IOException _) {
            return; // Closed.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        datagrams.close();
        for (var socket : open) {
            socket.close();
        }
    }
}
