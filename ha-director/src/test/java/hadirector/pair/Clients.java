package hadirector.pair;

import static java.nio.charset.StandardCharsets.UTF_8;

import hadirector.lab.Host;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/// Short clients of the services, each call on a thread inside the host's namespace.
final class Clients {
    private static final int PATIENCE_MILLIS = 20_000;
    private static final int RETRY_MILLIS = 500;
    private static final int TRIES = 40;

    private final Host host;

    Clients(Host host) {
        this.host = host;
    }

    /// Connects to an [EchoServer], asks one line and closes; which realserver answered.
    String served(String address, int port) {
        return host.in(() -> {
            try (var socket = connect(address, port, PATIENCE_MILLIS)) {
                return askLine(socket);
            }
        });
    }

    /// How often each realserver answered `count` connections.
    Map<String, Integer> served(String address, int port, int count) {
        return host.in(() -> {
            var answered = new TreeMap<String, Integer>();
            for (int i = 0; i < count; i++) {
                try (var socket = connect(address, port, PATIENCE_MILLIS)) {
                    answered.merge(askLine(socket), 1, Integer::sum);
                }
            }
            return answered;
        });
    }

    /// Whether a TCP connection can be made within `millis`.
    boolean connects(String address, int port, int millis) {
        return host.in(() -> {
            try (var socket = connect(address, port, millis)) {
                return socket.isConnected();
            } catch (IOException _) {
                return false;
            }
        });
    }

    Socket open(String address, int port) {
        return host.in(() -> connect(address, port, PATIENCE_MILLIS));
    }

    /// A line to an [EchoServer] and its answer; the realserver's name.
    static String askLine(Socket socket) throws IOException {
        socket.getOutputStream().write("line\n".getBytes(UTF_8));
        String answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
        if (answer == null || !answer.endsWith(" line")) {
            throw new IOException("answer: " + answer);
        }
        return answer.substring(0, answer.indexOf(' '));
    }

    private static Socket connect(String address, int port, int millis) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(address, port), millis);
        return socket;
    }

    /// Sends `length` bytes to a [RawEcho] while it reads them back, and compares them.
    void exchange(String address, int port, int length) {
        boolean _ = host.in(() -> {
            var sent = new byte[length];
            new Random(length).nextBytes(sent);
            var failure = new AtomicReference<IOException>();
            try (var socket = connect(address, port, PATIENCE_MILLIS)) {
                var writer = Thread.startVirtualThread(() -> write(socket, sent, failure));
                var received = new byte[length];
                new DataInputStream(socket.getInputStream()).readFully(received);
                writer.join();
                if (failure.get() != null || !Arrays.equals(sent, received)) {
                    throw new AssertionError("bytes differ at " + Arrays.mismatch(sent, received), failure.get());
                }
                return true;
            }
        });
    }

    private static void write(Socket socket, byte[] bytes, AtomicReference<IOException> failure) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            failure.set(e);
        }
    }

    /// A UDP socket to a service.
    DatagramSocket datagrams(String address, int port) {
        return host.in(() -> {
            var socket = new DatagramSocket();
            socket.connect(new InetSocketAddress(address, port));
            socket.setSoTimeout(RETRY_MILLIS);
            return socket;
        });
    }

    /// Sends a datagram until it is answered.
    static byte[] ask(DatagramSocket socket, byte[] datagram) throws IOException {
        var answer = new DatagramPacket(new byte[1 << 16], 1 << 16);
        IOException lost = new IOException("not asked");
        for (int tries = 0; tries < TRIES; tries++) {
            try {
                socket.send(new DatagramPacket(datagram, datagram.length));
                socket.receive(answer);
                return Arrays.copyOf(answer.getData(), answer.getLength());
            } catch (SocketTimeoutException | PortUnreachableException e) {
                lost = e;
            }
        }
        throw new IOException("no answer to " + datagram.length + " bytes in " + TRIES + " tries", lost);
    }

    /// Which [EchoServer] answers a datagram.
    static String askName(DatagramSocket socket) throws IOException {
        String answer = new String(ask(socket, "datagram".getBytes(UTF_8)), UTF_8);
        return answer.substring(0, answer.indexOf(' '));
    }
}
