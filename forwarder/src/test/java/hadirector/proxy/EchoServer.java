package hadirector.proxy;

import hadirector.model.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;

/// A realserver on loopback: over TCP it says its name in one byte and then echoes until the client ends, over UDP it answers each
/// datagram by its name and what it got. Word of the client in its first byte: `r` reset, else go on.
final class EchoServer implements AutoCloseable {
    private final byte name;
    private final ServerSocket tcp;
    private final DatagramSocket udp;

    EchoServer(int number) throws IOException {
        name = (byte) ('0' + number);
        var address = InetAddress.ofLiteral("127.0.1." + number);
        tcp = new ServerSocket(0, 1_000, address);
        udp = new DatagramSocket(tcp.getLocalPort(), address);
        var _ = Thread.ofVirtual().start(this::accept);
        var _ = Thread.ofPlatform().daemon().start(this::answer);
    }

    Endpoint endpoint() {
        return Endpoint.of(tcp.getInetAddress().getHostAddress() + ":" + tcp.getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                var socket = tcp.accept();
                var _ = Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException _) {
            // Closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            var in = socket.getInputStream();
            var out = socket.getOutputStream();
            out.write(name);
            byte[] buffer = new byte[65_536];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (buffer[0] == 'r') {
                    socket.setSoLinger(true, 0);
                    return;
                }
                out.write(buffer, 0, n);
            }
            out.write('.');
        } catch (IOException _) {
            // The client is gone.
        }
    }

    private void answer() {
        try {
            byte[] buffer = new byte[65_536];
            while (true) {
                var packet = new DatagramPacket(buffer, 1, buffer.length - 1);
                udp.receive(packet);
                buffer[0] = name;
                byte[] reply = Arrays.copyOf(buffer, packet.getLength() + 1);
                udp.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
            }
        } catch (IOException _) {
            // Closed.
        }
    }

    /// Returns once nobody listens any more: a thread in accept may hold the socket open for a moment.
    @Override
    public void close() {
        try {
            tcp.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        udp.close();
        ProxyLab.await(this::refuses);
    }

    private boolean refuses() {
        try (var socket = new Socket(tcp.getInetAddress(), tcp.getLocalPort())) {
            return !socket.isConnected();
        } catch (IOException _) {
            return true;
        }
    }
}
