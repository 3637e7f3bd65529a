package hadirector.sync;

/// How far this director's copy of a group's entries is, as replication knows it. Whether number and digest were
/// right is the engine's to say (`EngineEvent.SnapshotApplied`).
public enum SnapshotState {
    /// None was asked for.
    NONE,
    /// Asked for; asked again after a while without an answer.
    REQUESTED,
    /// Between its begin and its end.
    RECEIVING,
    /// Whole, and every change since has been taken in.
    COMPLETE,
    /// Was under way or complete, then changes were lost; asked for again by itself.
    BROKEN
}
