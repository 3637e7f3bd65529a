package hadirector.door;

import hadirector.keys.Identity;
import hadirector.keys.KeyFolder;
import hadirector.keys.LiveKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Members lb1 (127.x.y.1) and lb2 (127.x.y.2), and a door of lb1 that is open.
final class DoorLab implements AutoCloseable {
    private final int net = ThreadLocalRandom.current().nextInt(1 << 14);
    private final Path folder;
    final Refusals refusals = new Refusals("lb1");
    final BlockingQueue<Socket> guests = new LinkedBlockingQueue<>();
    final MemberServerSocket server;

    DoorLab(Path folder, boolean encrypted) throws Exception {
        this.folder = folder;
        keys(KeyFolder.Task.COMPLETE, Instant.now(), Duration.ofDays(1));
        server = new MemberServerSocket(door(encrypted ? Optional.of(live("lb1")::context) : Optional.empty(), refusals));
        server.bind(new InetSocketAddress(address(1), 0));
        Thread.ofVirtual().start(this::accept);
    }

    void keys(KeyFolder.Task task, Instant now, Duration lifetime) throws Exception {
        var _ = new KeyFolder(folder, "edge", lifetime, now).run(task, List.of("lb1", "lb2"));
    }

    LiveKeys live(String name) throws Exception {
        return new LiveKeys(folder.resolve(name + ".pem"), new Identity("edge", name));
    }

    Door door(Optional<Supplier<SSLContext>> keys, Refusals refusals) throws IOException {
        return new Door("edge", Map.of(address(1), Set.of("lb1"), address(2), Set.of("lb2")), keys, refusals);
    }

    InetAddress address(int host) throws IOException {
        return InetAddress.getByAddress(new byte[] {127, (byte) (1 + net % 250), (byte) (net / 250), (byte) host});
    }

    InetSocketAddress port() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    /// A connection to lb1's door from that host's address.
    <S extends Socket> S call(S socket, int host) throws IOException {
        socket.bind(new InetSocketAddress(address(host), 0));
        socket.connect(port(), 5_000);
        return socket;
    }

    private void accept() {
        try {
            while (true) {
                guests.add(server.accept());
            }
        } catch (IOException _) {
            return; // Closed.
        }
    }

    /// Waits until something of that kind was refused.
    void awaitRefused(Refused kind, Refusals where, @Nullable Long times) throws InterruptedException {
        await(kind.name(), where, () -> where.counts().getOrDefault(kind, 0L) >= (times == null ? 1 : times));
    }

    void awaitUnfinished(Refusals where, long times) throws InterruptedException {
        await("unfinished", where, () -> where.unfinished() >= times);
    }

    private static void await(String what, Refusals where, BooleanSupplier seen) throws InterruptedException {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!seen.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("no " + what + " within 20 s but " + where.counts() + ", unfinished " + where.unfinished());
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
