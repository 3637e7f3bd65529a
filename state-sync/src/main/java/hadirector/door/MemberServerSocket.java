package hadirector.door;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts members only. Each caller is admitted on a thread of its own, a few at a time for each address, so whoever
/// calls and says nothing holds up nobody else.
public final class MemberServerSocket extends ServerSocket {
    private static final Logger LOG = LoggerFactory.getLogger(MemberServerSocket.class);
    private static final int AT_DOOR_MAX = 40;

    private final Door door;
    private final Map<InetAddress, Integer> atDoor = new ConcurrentHashMap<>();
    private final LinkedBlockingQueue<MemberSocket> admitted = new LinkedBlockingQueue<>();
    private @Nullable Thread porter;

    public MemberServerSocket(Door door) throws IOException {
        this.door = door;
    }

    /// The next member's connection.
    @Override
    public Socket accept() throws IOException {
        startPorter();
        try {
            return admitted.take();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new SocketException("interrupted");
        }
    }

    private synchronized void startPorter() {
        if (porter == null) {
            porter = Thread.ofVirtual().name("cluster-door").start(this::openToAll);
        }
    }

    private void openToAll() {
        while (!isClosed()) {
            var caller = new MemberSocket(door);
            try {
                implAccept(caller);
                greet(caller);
            } catch (IOException | RuntimeException e) {
                closeQuietly(caller);
                if (!isClosed()) {
                    pause(e);
                }
            }
        }
    }

    /// Out of file descriptors, most likely: it goes on, but not at full speed.
    private static void pause(Exception e) {
        LOG.warn("event=accept-failed why=\"{}\"", e.getMessage());
        try {
            Thread.sleep(100);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void greet(MemberSocket caller) {
        var address = caller.getInetAddress();
        String from = String.valueOf(caller.getRemoteSocketAddress());
        if (!door.isMember(address)) {
            door.refusals().count(Refused.STRANGER, from, "its address is no member's");
            closeQuietly(caller);
        } else if (atDoor.merge(address, 1, Integer::sum) > AT_DOOR_MAX) {
            door.refusals().count(Refused.FLOOD, from, "more than " + AT_DOOR_MAX + " wait to be let in");
            left(address);
            closeQuietly(caller);
        } else {
            Thread.ofVirtual().name("cluster-door-" + from).start(() -> admit(caller, address));
        }
    }

    private void admit(MemberSocket caller, InetAddress address) {
        try {
            caller.admit(false);
            admitted.add(caller);
            if (isClosed()) {
                closeAdmitted();
            }
        } catch (IOException _) {
            // Counted at the door.
        } catch (RuntimeException e) {
            LOG.warn("event=admission-failed from={}", address, e);
        } finally {
            left(address);
        }
    }

    private void left(InetAddress address) {
        atDoor.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    }

    @Override
    public void close() throws IOException {
        super.close();
        closeAdmitted();
    }

    private void closeAdmitted() {
        for (var late = admitted.poll(); late != null; late = admitted.poll()) {
            closeQuietly(late);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // It is refused anyway.
        }
    }
}
