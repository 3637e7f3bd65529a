package hadirector.sync;

import hadirector.group.ClusterChannel;
import hadirector.group.GroupStats;
import hadirector.group.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// A group in memory: each member has one thread that delivers in order, messages can be swallowed.
final class FakeGroup implements AutoCloseable {
    private final Map<String, Member> members = new LinkedHashMap<>();
    private long views;

    /// Asked for each message: sender and bytes; true swallows it.
    volatile BiPredicate<String, byte[]> loses = (_, _) -> false;

    ClusterChannel channel(String name) {
        return new Member(name);
    }

    private synchronized void join(Member member) {
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
        members.values().forEach(m -> m.inbox.add(l -> l.view(view)));
    }

    private synchronized @Nullable Member find(String name) {
        return members.get(name);
    }

    @Override
    public void close() {
        List<Member> all;
        synchronized (this) {
            all = new ArrayList<>(members.values());
        }
        all.forEach(Member::close);
    }

    private interface Delivery {
        void to(ClusterChannel.Listener listener);
    }

    private final class Member implements ClusterChannel {
        private final String name;
        private final BlockingQueue<Delivery> inbox = new LinkedBlockingQueue<>();
        private @Nullable Thread thread;

        Member(String name) {
            this.name = name;
        }

        @Override
        public void connect(Listener listener) {
            thread = Thread.ofPlatform().daemon().name("fake-group-" + name).start(() -> deliver(listener));
            join(this);
        }

        private void deliver(Listener listener) {
            try {
                while (true) {
                    inbox.take().to(listener);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void send(String member, MessageKind kind, byte[] message, int length) {
            var target = find(member);
            byte[] copy = Arrays.copyOf(message, length);
            if (target != null && !loses.test(name, copy)) {
                target.inbox.add(l -> l.message(name, kind, copy, 0, copy.length));
            }
        }

        @Override
        public Map<String, String> warnings() {
            return Map.of();
        }

        @Override
        public GroupStats stats() {
            return GroupStats.NONE;
        }

        @Override
        public void close() {
            leave(this);
            if (thread != null) {
                thread.interrupt();
            }
        }
    }
}
