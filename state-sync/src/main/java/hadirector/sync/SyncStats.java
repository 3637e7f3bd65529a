package hadirector.sync;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Replication in numbers, of one moment, for metrics and status. Counts only grow, from the start of the director.
///
/// @param waiting changes that are in no peer's queue yet
/// @param strangers messages of directors that are not in the view
/// @param peers every director that was in a view since the start
/// @param groups every configured group
public record SyncStats(long waiting, long strangers, List<Peer> peers, List<Group> groups) {
    public SyncStats {
        peers = List.copyOf(peers);
        groups = List.copyOf(groups);
    }

    /// One other director.
    ///
    /// @param connected whether it is in the view
    /// @param lagNanos age of the oldest change that it has not acknowledged, or has not got and will get only by a snapshot; 0 if
    ///     there is none
    /// @param gapEntries changes that it has not acknowledged, wherever they wait: in the table, in queues, on the way, or given up until
    ///     its next snapshot
    /// @param entriesDropped given up because it was too slow; each such stretch ends with a new snapshot
    /// @param streams how often the stream to it began anew
    public record Peer(
            String name,
            boolean connected,
            long messagesSent,
            long entriesSent,
            long bytesSent,
            long entriesAcked,
            long lagNanos,
            long gapEntries,
            long entriesDropped,
            long streams,
            long messagesReceived,
            long entriesReceived,
            Map<Refusal, Long> refused) {
        public Peer {
            refused = Map.copyOf(refused);
        }
    }

    /// One VIP group.
    ///
    /// @param epoch highest seen
    /// @param source whose entries this director follows, if any
    /// @param positionEpoch of the holding that the position is of
    /// @param position up to which the copy is whole: how many changes of the group its holder had told all directors since its start
    public record Group(
            String name, int epoch, SnapshotState snapshot, Optional<String> source, int positionEpoch, long position) {}
}
