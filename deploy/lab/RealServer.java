import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.Executors;

/// A realserver for the demo and the lab, run from source: `java RealServer.java NAME [ADDRESS] [PORT]`.
/// HTTP on PORT (80): `/health`, `/name`, `/download?BYTES` (the same bytes from every realserver). UDP echo on PORT that
/// answers `NAME payload`. TCP echo on PORT + 1, line by line, each answered with `NAME line`.
/// `java RealServer.java --sha256 BYTES` prints the digest that a download of BYTES must have.
void main(String[] args) throws Exception {
    if (args.length == 2 && args[0].equals("--sha256")) {
        IO.println(digest(Long.parseLong(args[1])));
        return;
    }
    String name = args[0];
    var address = InetAddress.getByName(args.length > 1 ? args[1] : "0.0.0.0");
    int port = args.length > 2 ? Integer.parseInt(args[2]) : 80;
    serveHttp(name, new InetSocketAddress(address, port));
    Thread.ofPlatform().start(() -> echoDatagrams(name, new InetSocketAddress(address, port)));
    Thread.ofPlatform().start(() -> echoLines(name, new InetSocketAddress(address, port + 1)));
    IO.println("ready " + name);
}

void serveHttp(String name, InetSocketAddress at) throws IOException {
    var server = HttpServer.create(at, 1024);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/health", exchange -> answer(exchange, "ok\n"));
    server.createContext("/name", exchange -> answer(exchange, name + "\n"));
    server.createContext("/download", this::download);
    server.start();
}

void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    try (var out = exchange.getResponseBody()) {
        out.write(body);
    }
}

void download(HttpExchange exchange) throws IOException {
    long bytes = Long.parseLong(exchange.getRequestURI().getQuery());
    exchange.sendResponseHeaders(200, bytes);
    try (var out = exchange.getResponseBody()) {
        write(out, bytes);
    }
}

void write(OutputStream out, long bytes) throws IOException {
    var block = ByteBuffer.allocate(1 << 16);
    for (long at = 0; at < bytes; at += block.capacity()) {
        fill(block, at);
        out.write(block.array(), 0, (int) Math.min(block.capacity(), bytes - at));
    }
}

/// Eight bytes at a time from their offset (SplitMix64's finisher), so that no two blocks are alike.
void fill(ByteBuffer block, long offset) {
    for (int i = 0; i < block.capacity(); i += Long.BYTES) {
        long z = (offset + i) * 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        block.putLong(i, z ^ (z >>> 27));
    }
}

String digest(long bytes) throws Exception {
    var sha = MessageDigest.getInstance("SHA-256");
    write(
            new OutputStream() {
                @Override
                public void write(int b) {
                    sha.update((byte) b);
                }

                @Override
                public void write(byte[] from, int at, int length) {
                    sha.update(from, at, length);
                }
            },
            bytes);
    return HexFormat.of().formatHex(sha.digest());
}

void echoDatagrams(String name, InetSocketAddress at) {
    byte[] prefix = (name + " ").getBytes(StandardCharsets.UTF_8);
    byte[] buffer = new byte[2048];
    try (var socket = new DatagramSocket(at)) {
        while (true) {
            var packet = new DatagramPacket(buffer, prefix.length, buffer.length - prefix.length);
            socket.receive(packet);
            System.arraycopy(prefix, 0, buffer, 0, prefix.length);
            int length = prefix.length + packet.getLength();
            socket.send(new DatagramPacket(buffer, length, packet.getSocketAddress()));
        }
    } catch (IOException e) {
        IO.println("udp echo ended: " + e);
    }
}

void echoLines(String name, InetSocketAddress at) {
    try (var server = new ServerSocket()) {
        server.bind(at, 1024);
        while (true) {
            var socket = server.accept();
            Thread.startVirtualThread(() -> echoLines(name, socket));
        }
    } catch (IOException e) {
        IO.println("tcp echo ended: " + e);
    }
}

void echoLines(String name, Socket socket) {
    try (socket;
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            var out = socket.getOutputStream()) {
        socket.setTcpNoDelay(true);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.write((name + " " + line + "\n").getBytes(StandardCharsets.UTF_8));
        }
    } catch (IOException e) {
        IO.println("connection ended: " + e);
    }
}
