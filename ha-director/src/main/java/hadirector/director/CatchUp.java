package hadirector.director;

import hadirector.role.FailoverRequest;
import hadirector.sync.SyncStats;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Operators' failovers of one group that wait until their target has every connection that had changed when they were asked for; refused
/// if that takes too long. The director's thread; time comes in.
final class CatchUp {
    /// A peer that is not slow acknowledges within milliseconds, however many connections change.
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// What has waited long enough.
    ///
    /// @param refusal why it may not go on; empty if it may
    record Decided(FailoverRequest request, Optional<String> refusal) {}

    private record Waiting(FailoverRequest request, String target, long since) {}

    private final List<Waiting> waiting = new ArrayList<>();

    /// @param target who would take over
    void add(FailoverRequest request, String target, long now) {
        waiting.add(new Waiting(request, target, now));
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /// @param peers how far the copies of the others are
    List<Decided> decide(Collection<SyncStats.Peer> peers, long now) {
        var decided = new ArrayList<Decided>();
        for (var each : List.copyOf(waiting)) {
            var gap = peers.stream()
                    .filter(peer -> peer.name().equals(each.target) && peer.connected())
                    .findFirst()
                    .filter(peer -> lacks(peer, now - each.since));
            if (gap.isEmpty() || now - each.since >= PATIENCE_NANOS) {
                waiting.remove(each);
                decided.add(new Decided(each.request, gap.map(CatchUp::why)));
            }
        }
        return decided;
    }

    /// Under traffic there is always a change on its way; what counts is whether those of that time have arrived.
    private static boolean lacks(SyncStats.Peer peer, long nanosAgo) {
        return peer.gapEntries() > 0 && peer.lagNanos() >= nanosAgo;
    }

    private static String why(SyncStats.Peer peer) {
        return String.format(
                Locale.ROOT,
                "%s lacks %d changed connections, the oldest for %.1f s, which could be lost; --force hands over all the same",
                peer.name(),
                peer.gapEntries(),
                peer.lagNanos() / 1e9);
    }
}
