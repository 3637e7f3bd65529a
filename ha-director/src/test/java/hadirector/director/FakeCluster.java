package hadirector.director;

import hadirector.group.ClusterChannel;
import hadirector.group.GroupStats;
import hadirector.group.View;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/// A group in memory: whoever connects is in the next view; each member has one thread that delivers in order.
final class FakeCluster {
    private final Map<String, Member> members = new LinkedHashMap<>();
    private long views;

    Member channel(String name) {
        return new Member(name);
    }

    private synchronized void enter(Member member) {
        members.put(member.name, member);
        tellAll();
    }

    private synchronized void leave(Member member) {
        if (members.remove(member.name, member)) {
            tellAll();
        }
    }

    private void tellAll() {
        var view = new View(++views, List.copyOf(members.keySet()), false);
        members.values().forEach(member -> member.inbox.add(listener -> listener.view(view)));
    }

    private synchronized @Nullable Member find(String name) {
        return members.get(name);
    }

    final class Member implements ClusterChannel {
        private final String name;
        private final LinkedBlockingQueue<Consumer<Listener>> inbox = new LinkedBlockingQueue<>();
        private @Nullable Thread thread;

        /// Runs before it leaves.
        volatile Runnable onClose = () -> {};

        volatile List<SecretKey> beaconKeys = List.of();

        /// Whether its replication gets lost.
        volatile boolean withholdsSync;

        private Member(String name) {
            this.name = name;
        }

        @Override
        public void connect(Listener listener) {
            thread = Thread.ofPlatform().daemon().name("fake-cluster-" + name).start(() -> deliver(listener));
            enter(this);
        }

        private void deliver(Listener listener) {
            try {
                while (true) {
                    inbox.take().accept(listener);
                }
            } catch (InterruptedException _) {
                return; // Closed.
            }
        }

        @Override
        public void send(String to, MessageKind kind, byte[] message, int length) {
            var target = find(to);
            byte[] copy = Arrays.copyOf(message, length);
            if (target != null && !(withholdsSync && kind == MessageKind.SYNC)) {
                target.inbox.add(listener -> listener.message(name, kind, copy, 0, copy.length));
            }
        }

        @Override
        public Map<String, String> warnings() {
            return Map.of();
        }

        @Override
        public List<SecretKey> beaconKeys() {
            return beaconKeys;
        }

        @Override
        public GroupStats stats() {
            return GroupStats.NONE;
        }

        @Override
        public void close() {
            onClose.run();
            leave(this);
            if (thread != null) {
                thread.interrupt();
            }
        }
    }
}
