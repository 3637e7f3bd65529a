package hadirector.sync;

import hadirector.conn.ReplicatedTable;
import hadirector.group.ClusterChannel;
import hadirector.group.View;
import java.util.Collection;
import java.util.List;

/// Replicates the connection table: the holder's changes to all peers, snapshots to those that ask.
/// The director passes views and `SYNC` messages on to it and asks it; it decides no roles.
public final class ConnectionSync implements AutoCloseable {
    /// @param cluster its name; messages of other clusters are refused
    /// @param groups the configured VIP groups
    public ConnectionSync(
            String cluster, String self, Collection<String> groups, ClusterChannel channel, ReplicatedTable table) {
        throw new UnsupportedOperationException("not landed yet");
    }

    /// Starts the threads `sync` and `sync-receive`.
    public void start() {}

    /// The configured groups, after a reload.
    public void groups(Collection<String> names) {}

    /// Who is there; the group's thread.
    public void view(View view) {}

    /// A message of kind `SYNC`; the group's thread. The array is kept.
    public void message(String sender, byte[] message, int offset, int length) {}

    /// The highest epoch of the group that the director knows of; lower ones are refused from now on, except late
    /// entries of the previous holder for a settling time of 2 s. A message of a higher epoch raises it by itself.
    public void epoch(String group, int epoch) {}

    /// Asks the holder for a snapshot of the group, again if nothing comes, and after every gap.
    public void requestSnapshot(String holder, String group) {}

    /// Hands the group over to `target`: a [hadirector.conn.Change#HANDOVER] follows all its entries.
    ///
    /// @param epoch of the target's holding
    public void handover(String target, String group, int epoch) {}

    public SnapshotState snapshot(String group) {
        return SnapshotState.NONE;
    }

    /// The number by which the table knows a director; the same for the life of this object.
    public int peer(String director) {
        return 0;
    }

    public SyncStats stats() {
        return new SyncStats(0, List.of(), List.of());
    }

    @Override
    public void close() {}
}
