package hadirector.sync;

import hadirector.conn.ReplicatedTable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What is on its way to one peer: a queue, and behind it what was sent and is not acknowledged, no more than a window.
/// Pure; the caller brings time and lock.
///
/// A stream that cannot be kept whole (queue full, no acknowledgement for long, the peer misses a message) is given up:
/// the queue is dropped and a new stream begins with a HELLO, on which the peer asks for the snapshots it needs.
final class SendStream {
    /// Sent and not acknowledged, at most; it bounds what a frozen peer leaves in sockets and in JGroups.
    static final int WINDOW_BYTES = 1 << 20;

    /// Waiting, at most.
    static final int QUEUE_BYTES = 16 << 20;

    /// A peer in the view that acknowledges nothing for so long has lost something that it does not know of.
    static final long SILENCE_NANOS = 10_000_000_000L;

    /// Likewise for the HELLO, which the peer may have got before it knew us; doubled with each try.
    static final long HELLO_NANOS = 500_000_000L;

    static final long NOT_SYNCED = Long.MAX_VALUE;

    /// A batch with its place in the stream.
    record Outgoing(Batch batch, int stream, long sequence) {}

    private final Deque<Batch> queue = new ArrayDeque<>();
    private final Deque<Outgoing> unacknowledged = new ArrayDeque<>();
    private int stream;
    private long next;
    private long queuedBytes;
    private long windowBytes;
    private long gapEntries;
    private boolean givenUp;
    private long progressNanos;
    private long streams;
    private int hellosInVain;
    private long dropped;
    private long acknowledgedEntries;

    /// Groups of which the peer has the whole table, with the position in the ring up to which it has every change.
    private final Map<Integer, Long> synced = new HashMap<>();

    /// Groups of which the peer has the beginning of a snapshot, in this stream, with the epoch of the holding that it is of. An end without it is none.
    private final Map<Integer, Integer> receiving = new HashMap<>();

    /// Groups of which the peer has refused changes, as their holding is over: what it has stays what it was until its next snapshot.
    private final Set<Integer> refusing = new HashSet<>();

    /// By group, changes that it did not get: it has to have a snapshot.
    private final Map<Integer, Long> lost = new HashMap<>();

    private long lostSince;

    /// Nothing is under way before the first [#restart].
    ///
    /// @param stream before the first: where to count from, unlike that of any earlier start
    SendStream(int stream) {
        this.stream = stream;
    }

    void offer(Batch batch, long now) {
        if (!givenUp && queuedBytes + batch.bytes() > QUEUE_BYTES) {
            giveUp(now);
        }
        if (givenUp) {
            dropped += batch.count();
            lose(batch);
            return;
        }
        if (unacknowledged.isEmpty() && queue.isEmpty()) {
            progressNanos = now;
        }
        queue.add(batch);
        queuedBytes += batch.bytes();
        gapEntries += batch.entries();
    }

    /// The next batch to send, or null if there is none or the window is closed.
    @Nullable Outgoing next() {
        var batch = queue.peek();
        if (batch == null || windowBytes + batch.bytes() > WINDOW_BYTES) {
            return null;
        }
        queue.remove();
        queuedBytes -= batch.bytes();
        windowBytes += batch.bytes();
        var outgoing = new Outgoing(batch, stream, next++);
        unacknowledged.add(outgoing);
        return outgoing;
    }

    /// Whether the message has been sent: what a peer says about any other is stale.
    boolean hasSent(int ofStream, long sequence) {
        return ofStream == stream && sequence >= 0 && sequence < next;
    }

    /// The peer has all messages up to one that was sent, but for changes of `group` from before `epoch`, if that is not 0.
    ///
    /// @return the groups of what has been acknowledged
    Set<Integer> acknowledge(int ofStream, long sequence, int group, int epoch, long now) {
        if (!hasSent(ofStream, sequence)) {
            return Set.of();
        }
        var groups = new HashSet<Integer>();
        while (!unacknowledged.isEmpty() && unacknowledged.getFirst().sequence() <= sequence) {
            var batch = unacknowledged.remove().batch();
            groups.add(batch.group());
            forget(batch, batch.group() == group && batch.epoch() < epoch);
            progressNanos = now;
            hellosInVain = 0;
        }
        if (givenUp && unacknowledged.isEmpty()) {
            restart(now);
        }
        return groups;
    }

    /// Whether a snapshot of the group is under way whose beginning the peer has not acknowledged. A slow peer asks again meanwhile; one more each
    /// time would fill its queue until the stream is given up, and so on for ever.
    boolean beginsSnapshot(int group) {
        return Stream.concat(unacknowledged.stream().map(Outgoing::batch), queue.stream())
                .anyMatch(batch -> batch.group() == group && batch.snapshotBegins());
    }

    /// The position in the ring up to which the peer has every change of the group; [#NOT_SYNCED] if it has no whole table of it.
    long acknowledged(int group) {
        return synced.getOrDefault(group, NOT_SYNCED);
    }

    private void forget(Batch batch, boolean refused) {
        windowBytes -= batch.bytes();
        gapEntries -= batch.entries();
        acknowledgedEntries += batch.count();
        if (refused) {
            refusing.add(batch.group());
            receiving.remove(batch.group());
            return;
        }
        if (batch.snapshotBegins()) {
            receiving.put(batch.group(), batch.epoch());
        }
        if (batch.snapshotEnds() && receiving.remove(batch.group(), batch.epoch())) {
            refusing.remove(batch.group());
            synced.put(batch.group(), batch.upTo());
            lost.remove(batch.group());
        } else if (!refusing.contains(batch.group())) {
            synced.replace(batch.group(), batch.upTo());
        }
    }

    /// Of a group that the peer does not follow it lacks nothing.
    private void lose(Batch batch) {
        boolean followed = synced.containsKey(batch.group()) || lost.containsKey(batch.group());
        if (followed && batch.target() == ReplicatedTable.EVERY_PEER) {
            lostSince = lost.isEmpty() ? batch.sinceNanos() : Math.min(lostSince, batch.sinceNanos());
            lost.merge(batch.group(), (long) batch.entries(), Long::sum);
        }
    }

    /// The peer has not got a message that was sent.
    void missed(int ofStream, long sequence, long now) {
        if (hasSent(ofStream, sequence)) {
            restart(now);
        }
    }

    /// Looks at the time; call it now and then.
    void tick(long now) {
        if (!unacknowledged.isEmpty() && now - progressNanos > patienceNanos()) {
            hellosInVain++;
            restart(now);
        }
    }

    private long patienceNanos() {
        boolean hello = unacknowledged.getFirst().sequence() == 0;
        return hello ? Math.min(SILENCE_NANOS, HELLO_NANOS << Math.min(hellosInVain, 8)) : SILENCE_NANOS;
    }

    /// Drops the queue at once and begins anew when the peer has taken in what is under way: nothing more is pushed
    /// at a peer that is slow.
    private void giveUp(long now) {
        dropQueue();
        givenUp = true;
        if (unacknowledged.isEmpty()) {
            restart(now);
        }
    }

    private void dropQueue() {
        for (Batch batch : queue) {
            dropped += batch.count();
            gapEntries -= batch.entries();
            lose(batch);
        }
        queue.clear();
        queuedBytes = 0;
    }

    /// Begins anew.
    void restart(long now) {
        stop();
        stream++;
        streams++;
        next = 0;
        progressNanos = now;
        queue.add(Batch.hello(now));
        queuedBytes = queue.getFirst().bytes();
    }

    /// Drops all that is under way; the peer is gone.
    void stop() {
        unacknowledged.forEach(sent -> lose(sent.batch()));
        dropQueue();
        unacknowledged.clear();
        synced.clear();
        receiving.clear();
        refusing.clear();
        windowBytes = 0;
        gapEntries = 0;
        givenUp = false;
    }

    long queuedBytes() {
        return queuedBytes;
    }

    /// When something was acknowledged last, or the first unacknowledged message was queued.
    long progressNanos() {
        return progressNanos;
    }

    /// Age of the oldest change that is not acknowledged or was given up.
    long lagNanos(long now) {
        var batches = Stream.concat(unacknowledged.stream().map(Outgoing::batch), queue.stream());
        long lag = batches.filter(batch -> batch.entries() > 0)
                .findFirst()
                .map(batch -> Math.max(0, now - batch.sinceNanos()))
                .orElse(0L);
        return lost.isEmpty() ? lag : Math.max(lag, now - lostSince);
    }

    /// Changes that are not acknowledged or were given up.
    long gapEntries() {
        return gapEntries + lost.values().stream().mapToLong(Long::longValue).sum();
    }

    long acknowledgedEntries() {
        return acknowledgedEntries;
    }

    long dropped() {
        return dropped;
    }

    long streams() {
        return streams;
    }

    int stream() {
        return stream;
    }
}
