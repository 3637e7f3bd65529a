package hadirector.sim;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// Reliable connections between processes, as JGroups gives them: in order per sender, receiver and channel; what the
/// wire loses comes later; a cut direction holds everything back until it heals; when either side has taken the other
/// out of its view, the connection is reset and what was under way is lost.
final class SimNetwork {
    /// The director's own messages, and replication with the queue of the receiving engine.
    enum Channel {
        CONTROL,
        SYNC
    }

    private record Key(SimDirector from, SimDirector to, Channel channel) {}

    private static final class Link {
        private long lastArrival;
        private int resets;
        private final Queue<Runnable> heldBack = new ArrayDeque<>();
    }

    private static final long STALL = 3_500 * SimWorld.MS;
    private static final long RETRANSMIT = 100 * SimWorld.MS;

    private final SimWorld world;
    private final Map<Key, Link> links = new LinkedHashMap<>(); // Its order is part of the seed.
    private final boolean[][][] cut;
    private boolean calm;

    /// @param networks cluster networks side by side; one that works is enough
    SimNetwork(SimWorld world, int machines, int networks) {
        this.world = world;
        cut = new boolean[networks][machines][machines];
    }

    int networks() {
        return cut.length;
    }

    void cut(int network, int from, int to, boolean isCut) {
        cut[network][from][to] = isCut;
        if (!isCut) {
            links.forEach((key, link) -> {
                if (key.from.machine() == from && key.to.machine() == to) {
                    release(key, link);
                }
            });
        }
    }

    /// No stalls from now on.
    void calm() {
        calm = true;
    }

    boolean isCut(int from, int to) {
        for (var network : cut) {
            if (!network[from][to]) {
                return false;
            }
        }
        return true;
    }

    boolean connects(SimDirector a, SimDirector b) {
        return !isCut(a.machine(), b.machine()) && !isCut(b.machine(), a.machine());
    }

    boolean isWhole() {
        int machines = cut[0].length;
        for (int from = 0; from < machines; from++) {
            for (int to = 0; to < machines; to++) {
                if (isCut(from, to)) {
                    return false;
                }
            }
        }
        return true;
    }

    void send(SimDirector from, SimDirector to, Channel channel, Runnable message) {
        var key = new Key(from, to, channel);
        var link = links.computeIfAbsent(key, _ -> new Link());
        long lost = world.chance(3) ? RETRANSMIT : 0;
        long queued = channel == Channel.SYNC ? world.upTo(20 * SimWorld.MS) : 0;
        if (!calm && channel == Channel.SYNC && world.random().nextInt(1_000) == 0) {
            queued += world.upTo(STALL); // Longer than a hand-over may take.
        }
        link.lastArrival =
                Math.max(link.lastArrival + 1, world.now() + world.upTo(4 * SimWorld.MS) + lost + queued);
        int resets = link.resets;
        world.after(link.lastArrival - world.now(), () -> arrive(key, link, resets, message));
    }

    /// What is sent to one from now on comes later than else.
    void stall(SimDirector from, SimDirector to, Channel channel, long time) {
        var link = links.computeIfAbsent(new Key(from, to, channel), _ -> new Link());
        link.lastArrival = Math.max(link.lastArrival, world.now() + time);
    }

    void reset(SimDirector a, SimDirector b) {
        for (var channel : Channel.values()) {
            reset(links.get(new Key(a, b, channel)));
            reset(links.get(new Key(b, a, channel)));
        }
    }

    private static void reset(@Nullable Link link) {
        if (link != null) {
            link.resets++;
            link.heldBack.clear();
        }
    }

    private void arrive(Key key, Link link, int resets, Runnable message) {
        if (resets != link.resets || !key.to.isAlive()) {
            return;
        }
        if (isCut(key.from.machine(), key.to.machine()) || !link.heldBack.isEmpty()) {
            link.heldBack.add(message);
        } else {
            message.run();
        }
    }

    private void release(Key key, Link link) {
        int resets = link.resets;
        world.after(world.upTo(RETRANSMIT), () -> {
            while (resets == link.resets && !isCut(key.from.machine(), key.to.machine()) && !link.heldBack.isEmpty()) {
                var message = link.heldBack.remove();
                if (key.to.isAlive()) {
                    message.run();
                }
            }
        });
    }
}
