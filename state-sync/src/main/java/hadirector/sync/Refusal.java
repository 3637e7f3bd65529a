package hadirector.sync;

/// Why a received message was not taken in.
public enum Refusal {
    /// Not a message of our format or version: truncated, wrong length, unknown change.
    FORMAT,
    /// From another cluster.
    CLUSTER,
    /// From a director that is not in the view.
    STRANGER,
    /// A kind of message that this version does not know.
    KIND,
    /// For a group that the config does not have.
    GROUP,
    /// Of a holding that is over, or asking for one.
    EPOCH,
    /// Of a stream with a hole before it; a new snapshot is asked for.
    GAP,
    /// Already taken in, or of or about a stream that has been replaced, or about what was never sent.
    STALE,
    /// More than the window allows: the sender does not heed acknowledgements.
    OVERFLOW
}
