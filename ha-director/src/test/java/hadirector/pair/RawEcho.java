package hadirector.pair;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/// A realserver in the test's JVM that gives back what it gets, byte by byte: TCP (RFC 862) and UDP on one port. Make it on a
/// thread inside the realserver's namespace; it lasts as long as the test's JVM.
final class RawEcho {
    private static final int DATAGRAM_MAX = 65_507;

    private final ServerSocketChannel listener;
    private final DatagramChannel datagrams;

    /// @param datagramsAt the address that datagrams are answered from
    RawEcho(InetSocketAddress datagramsAt) throws IOException {
        listener = ServerSocketChannel.open().bind(new InetSocketAddress(datagramsAt.getPort()));
        datagrams = DatagramChannel.open().setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20).bind(datagramsAt);
        Thread.startVirtualThread(this::accept);
        Thread.ofPlatform().daemon().start(this::echoDatagrams);
    }

    private void accept() {
        try {
            while (true) {
                var socket = listener.accept();
                Thread.startVirtualThread(() -> echo(socket));
            }
        } catch (IOException _) {
            return; // The namespace is gone.
        }
    }

    private static void echo(SocketChannel socket) {
        var buffer = ByteBuffer.allocate(1 << 16);
        try (socket) {
            while (socket.read(buffer.clear()) >= 0) {
                for (buffer.flip(); buffer.hasRemaining(); ) {
                    socket.write(buffer);
                }
            }
        } catch (IOException _) {
            return; // The client has had enough.
        }
    }

    private void echoDatagrams() {
        var buffer = ByteBuffer.allocate(DATAGRAM_MAX);
        try {
            while (true) {
                var client = datagrams.receive(buffer.clear());
                datagrams.send(buffer.flip(), client);
            }
        } catch (IOException _) {
            return; // The namespace is gone.
        }
    }
}
