package hadirector.conn;

import java.lang.foreign.MemorySegment;

/// The connection table as replication sees it. The owner thread writes changes of the groups that it
/// holds into a ring and never waits: while the ring is full, changed connections stay marked and are
/// written later, each once with its newest state. What comes from other directors goes in by [#receive].
public interface ReplicatedTable {
    /// For all peers.
    int EVERY_PEER = -1;

    /// For whoever listens without being a director of the cluster, as an IPVS backup does.
    int OUTSIDE = -2;

    /// What the owner thread has to tell other directors; one consumer thread.
    ChangeRing changes();

    /// Tells whether somebody listens; while nobody does, changes are not recorded.
    void replicate(boolean on);

    /// Asks the owner thread to write a snapshot of `group` into the ring: BEGIN, entries in slices
    /// between live changes, END; all marked for `peer`.
    void snapshot(int group, int peer);

    /// Asks the owner thread to write all entries of one of the [Shards] of `group`, if it is held, as [Change#SHARD_BEGIN] says, for `peer`.
    ///
    /// @param shard below [Shards#COUNT]
    void resend(int group, int peer, int shard);

    /// Asks the owner thread to write [Change#HANDOVER] for `peer` once every changed entry of `group` is in the
    /// ring before it.
    void handover(int group, int peer, int epoch);

    /// Tells that every director with a whole copy of `group` has all changes of it up to a position in the ring, exclusive; any thread.
    ///
    /// @param position [Long#MAX_VALUE] if there is no such director
    default void acknowledged(int group, long position) {}

    /// Hands changes from another director to the owner thread, in order; `payload` holds `count` entries
    /// of [EntryLayout#LENGTH] bytes, of which byte [EntryLayout#CHANGE] means nothing here; a kind without entries comes
    /// with a `count` of 1. Waits while the owner thread is behind; any thread.
    ///
    /// @param kind one of [Change]; a [Change#DIGEST] only while the whole of the sender's table is here
    /// @param group id of the group, see [GroupId]
    /// @param epoch of the sender's holding
    void receive(int kind, int group, int epoch, MemorySegment payload, long at, int count)
            throws InterruptedException;
}
