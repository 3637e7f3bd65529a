package hadirector.group;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// What is sent to one start of a director over several links: counted, and kept until it is acknowledged, so that another link can
/// carry on where one has ended. The caller locks, but for [#acknowledged] and [#forget], which never wait for a sender.
final class Lane {
    private static final long KEPT_MAX = 16L << 20;

    /// A message with its number before it, and its kind.
    static final class Sent {
        final byte kind;
        final byte[] bytes;
        private final long number;

        private Sent(long number, byte kind, byte[] bytes) {
            this.number = number;
            this.kind = kind;
            this.bytes = bytes;
        }
    }

    private final Deque<Sent> kept = new ArrayDeque<>();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong number = new AtomicLong();
    private long keptBytes;
    private int link = -1;

    /// Whether the way has changed: then all that is kept has to be sent by it first.
    boolean turnsTo(int way) {
        boolean turns = link != way;
        link = way;
        return turns;
    }

    /// The next message. What does not fit any more is given up: the receiver sees a hole, and replication begins anew.
    Sent next(byte kind, byte[] message, int length) {
        long own = number.incrementAndGet();
        var sent = new Sent(own, kind, Counted.of(own, message, length));
        kept.add(sent);
        keptBytes += sent.bytes.length;
        while (keptBytes > KEPT_MAX && kept.size() > 1) {
            removeFirst();
        }
        removeDone();
        return sent;
    }

    private void removeDone() {
        for (var first = kept.peekFirst(); first != null && first.number <= done.get(); first = kept.peekFirst()) {
            removeFirst();
        }
    }

    private void removeFirst() {
        keptBytes -= kept.removeFirst().bytes.length;
    }

    void acknowledged(long upTo) {
        done.accumulateAndGet(upTo, Math::max);
    }

    /// The receiver is gone: what was sent to it is not to come after all once it is back.
    void forget() {
        acknowledged(number.get());
    }

    List<Sent> kept() {
        removeDone();
        return List.copyOf(kept);
    }
}
