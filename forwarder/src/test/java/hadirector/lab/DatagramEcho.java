package hadirector.lab;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;

/// Sends every datagram back.
public final class DatagramEcho implements AutoCloseable {
    private static final int LENGTH_MAX = 0xffff;

    private final DatagramSocket socket;

    /// @param address of the host; on the wildcard address it would answer from that of the way out
    public DatagramEcho(Host host, InetSocketAddress address) {
        socket = host.in(() -> new DatagramSocket(address));
        Thread.ofPlatform().daemon().name("echo").start(this::run);
    }

    private void run() {
        var packet = new DatagramPacket(new byte[LENGTH_MAX], LENGTH_MAX);
        try {
            while (true) {
                packet.setLength(LENGTH_MAX);
                socket.receive(packet);
                socket.send(packet);
            }
        } catch (IOException _) {
            // Closed.
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
