package hadirector.director;

import hadirector.group.ClusterChannel;
import hadirector.group.ClusterChannel.MessageKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends control messages without ever holding up the thread that decides: each member has a short queue and a thread of
/// its own. What a member that does not take them misses is told again; standings are repeated.
final class ControlBus implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlBus.class);
    private static final int WAITING_MAX = 256;

    private final ClusterChannel channel;
    private final Map<String, Lane> lanes = new HashMap<>();

    private record Lane(ArrayBlockingQueue<byte[]> waiting, Thread thread) {}

    ControlBus(ClusterChannel channel) {
        this.channel = channel;
    }

    void send(String member, byte[] message) {
        var lane = lanes.computeIfAbsent(member, this::lane);
        if (!lane.waiting().offer(message)) {
            byte[] _ = lane.waiting().poll(); // The oldest says least.
            boolean _ = lane.waiting().offer(message);
        }
    }

    void sendAll(List<String> members, byte[] message) {
        members.forEach(member -> send(member, message));
    }

    private Lane lane(String member) {
        var waiting = new ArrayBlockingQueue<byte[]>(WAITING_MAX);
        var thread = Thread.ofPlatform().daemon().name("control-to-" + member).start(() -> run(member, waiting));
        return new Lane(waiting, thread);
    }

    private void run(String member, ArrayBlockingQueue<byte[]> waiting) {
        try {
            while (true) {
                byte[] message = waiting.take();
                try {
                    channel.send(member, MessageKind.CONTROL, message, message.length);
                } catch (RuntimeException e) {
                    LOG.warn("not sent to={}", member, e); // The next may be.
                }
            }
        } catch (InterruptedException _) {
            return; // Closed.
        }
    }

    @Override
    public void close() {
        lanes.values().forEach(lane -> lane.thread().interrupt());
    }
}
